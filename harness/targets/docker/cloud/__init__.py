"""The cloud process of the docker target: the edge, in front of engines that run in containers of their own.

Every AWS call passes it, so faults, capacity, TTL, restores and records are the same as on any target. Behind it, calls
part: `routing` says which engine a call goes to, `placing` where a DynamoDB table has its items. Leaves out bringing
containers up and down, which happens outside, and functions: they run in LocalStack's.
"""
