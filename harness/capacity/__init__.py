"""DynamoDB's capacity as a model: what a request costs, which bucket and partition pays, and when the answer is no.

Pure: a function of time and requests, without AWS, HTTP, clock or chance. The edge enforces it on live calls; the
planner runs it over hours of traffic. Every figure is a named parameter with its source (`parameters`).
"""
