"""The docker target: LocalStack, DynamoDB Local, PostgreSQL and moto in containers, behind the edge in one of its own.

`lifecycle` drives `docker-compose.yml`: `engine` and `compose` call the programs, `project` says what runs under which
name and port, `images` brings what is missing, `containers` looks and cleans up, `readiness` waits, `keeper` watches
while the environment runs. What runs inside the edge's container is `cloud` and `parts`.
"""
