"""The daemon as a service of a machine that is really booted: systemd, apt, Samba, reboots and power cuts (`make e2e-systemd`)."""
