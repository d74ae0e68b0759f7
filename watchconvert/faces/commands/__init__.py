"""The commands: what each is called, takes, prints and returns; what they do stands in the modules beside this folder.

Each imports what it needs when it is called, so that a short question is answered without waiting for the daemon's
libraries.
"""
