package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// mounts says why no file system can be mounted, "" if one can.
func mounts() string {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return "needs root on Linux, to mount a file system of 24 MB"
	}
	dir, err := os.MkdirTemp("", "express-chaos-mount-")
	if err != nil {
		return err.Error()
	}
	defer os.Remove(dir)
	if err := mount(dir, "size=1m"); err != nil {
		return fmt.Sprintf("needs the right to mount a file system: %v", err)
	}
	unmount(dir)
	return ""
}

// mount mounts a file system in memory at dir.
func mount(dir, options string) error {
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("mount %s: %w: %s", dir, err, out)
	}
	return nil
}

func unmount(dir string) {
	exec.Command("umount", dir).Run() // what is not mounted need not be unmounted
}

// smallRecords makes the engine's own streams, small enough for a small disk.
func (s *stand) smallRecords() error {
	for _, c := range []jetstream.StreamConfig{
		{Name: deadStream, Subjects: []string{"express.dlq.>"}, MaxBytes: 1 << 20, Discard: jetstream.DiscardNew},
		{Name: doneStream, Subjects: []string{"express.done.>"}, MaxBytes: 4 << 20},
		{Name: "EXPRESS_ADV", Subjects: []string{"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>"}, MaxBytes: 1 << 20},
	} {
		if err := s.create(c); err != nil {
			return err
		}
	}
	return nil
}

// orders makes the stream of orders.
func (s *stand) orders(maxBytes int64) error {
	return s.create(jetstream.StreamConfig{
		Name: orderStream, Subjects: []string{orders}, Retention: jetstream.WorkQueuePolicy, MaxBytes: maxBytes, Discard: jetstream.DiscardNew,
	})
}

// rot changes a byte in the middle of the largest block of the orders that b
// stores.
func (s *stand) rot(b *node) error {
	blocks, err := blocksOf(s.store(b))
	if err != nil || len(blocks) == 0 {
		return fmt.Errorf("server %s has no blocks: %w", b.name, err)
	}
	largest := blocks[0]
	for _, f := range blocks {
		if f.size > largest.size {
			largest = f
		}
	}
	f, err := os.OpenFile(largest.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	at := largest.size / 2
	one := make([]byte, 1)
	if _, err := f.ReadAt(one, at); err != nil {
		return err
	}
	one[0] ^= 0x40
	if _, err := f.WriteAt(one, at); err != nil {
		return err
	}
	s.note("a bit flipped at byte %d of %d in a block of server %s", at, largest.size, b.name)
	return nil
}

// blocksOf are the blocks of the stream of orders in a store.
func blocksOf(store string) (all []block, err error) {
	err = filepath.WalkDir(store, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".blk" || !strings.Contains(path, "/streams/"+orderStream+"/") {
			return err
		}
		i, err := d.Info()
		if err == nil {
			all = append(all, block{path, i.Size()})
		}
		return err
	})
	return all, err
}

// A block is a file of messages.
type block struct {
	path string
	size int64
}
