package main

import "syscall"

// attributes put a child into a group of its own, and have the kernel kill it
// with us. The runtime ends no thread, so the parent is the process as a whole.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
