"""Connected tabs: who they are, what they may do, how they learn of changes.

The only package that touches Reflex's sockets.
"""
