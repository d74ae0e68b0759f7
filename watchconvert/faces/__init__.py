"""What people and systemd touch: the command line, the service, the status, the log."""
