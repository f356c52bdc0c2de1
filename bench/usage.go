package bench

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// A Usage is what a process has used so far, and what it holds.
type Usage struct {
	CPU         time.Duration // user and system
	Allocations uint64
	Bytes       uint64        // allocated
	Collections uint32        // of garbage
	Paused      time.Duration // for them
	RSS         int64         // bytes of memory that it holds now
}

// usage is that of this process.
func usage() Usage {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err) // the arguments are constant
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Usage{
		CPU:         time.Duration(r.Utime.Nano() + r.Stime.Nano()),
		Allocations: m.Mallocs,
		Bytes:       m.TotalAlloc,
		Collections: m.NumGC,
		Paused:      time.Duration(m.PauseTotalNs),
		RSS:         rss("self"),
	}
}

// since is what was used after u; RSS is that of now.
func (u Usage) since(before Usage) Usage {
	u.CPU -= before.CPU
	u.Allocations -= before.Allocations
	u.Bytes -= before.Bytes
	u.Collections -= before.Collections
	u.Paused -= before.Paused
	return u
}

// rss is the memory that a process holds, by its id, in bytes; 0 where the system
// has no /proc.
func rss(pid string) int64 {
	text, err := os.ReadFile("/proc/" + pid + "/statm")
	fields := bytes.Fields(text)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
