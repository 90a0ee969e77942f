"""The target staging: an AWS account that somebody listed for it, asked before it is touched, searched when it is left.

`rehearse up` makes nothing there: it checks that it may (`guard`), tells what the run will cost and waits for a yes.
What a run deploys has a name prefix and tags of its own (`run`); `rehearse down` deletes it, then lists what the
account still has of it (`teardown`). Load runs ask the same allow list (`allow_list`, `identity`, `places`).
"""
