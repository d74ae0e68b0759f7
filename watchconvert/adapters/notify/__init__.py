"""Ways by which a message leaves this machine, and what is remembered of messages.

Each way knows one neighbour and sends one message at a time.  What goes wrong
is told without the address, which may hold a token, and without any secret.
"""
