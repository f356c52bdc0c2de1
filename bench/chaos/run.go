package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"
)

// rowPatience bounds a row, whatever happens.
const rowPatience = 10 * time.Minute

// A result is what became of a row.
type result struct {
	Row      int       `json:"row"`
	Name     string    `json:"name"`
	Promise  string    `json:"promise"`
	Profile  string    `json:"profile"`
	Seed     uint64    `json:"seed"`
	Skipped  string    `json:"skipped,omitempty"`
	Observed bool      `json:"observed,omitempty"`
	OK       bool      `json:"ok"`
	Events   int       `json:"events"`
	Seconds  float64   `json:"seconds"`
	Verdicts []verdict `json:"verdicts,omitempty"`
	Figures  []figure  `json:"figures,omitempty"`
	Timeline []string  `json:"timeline,omitempty"`
	Again    string    `json:"again,omitempty"` // the command that repeats it
}

// A harness runs rows.
type harness struct {
	o       options
	log     io.Writer
	dir     string
	express string
	self    string
}

// run runs a row, and keeps its logs only where it failed and they are wanted.
func (h *harness) run(ctx context.Context, r *row, seed uint64) result {
	res := result{Row: r.num, Name: r.name, Promise: r.promise, Profile: r.profile(), Seed: seed, Skipped: r.skip, Observed: r.observed, OK: true}
	fmt.Fprintf(h.log, "row %d, %s, seed %d: %s\n", r.num, r.profile(), seed, r.name)
	if res.Skipped == "" && r.needs != nil {
		res.Skipped = r.needs()
	}
	if res.Skipped != "" {
		fmt.Fprintf(h.log, "      not run: %s\n", res.Skipped)
		return res
	}
	res.Again = fmt.Sprintf("go run ./bench/chaos -rows %d -seed %d -ack-wait %v", r.num, seed, h.o.ackWait)
	if h.o.events > 0 {
		res.Again += fmt.Sprintf(" -events %d", h.o.events)
	}
	ctx, cancel := context.WithTimeout(ctx, rowPatience)
	defer cancel()
	dir, err := os.MkdirTemp(h.dir, fmt.Sprintf("row%d-", r.num))
	if err != nil {
		panic(err) // the directory is ours
	}
	s := &stand{
		ctx: ctx, row: r, set: r.defaults(h.o), seed: seed, rng: rand.New(rand.NewPCG(seed, uint64(r.num))),
		dir: dir, express: h.express, self: h.self, log: h.log, began: time.Now(), published: make(chan struct{}),
	}
	err = s.play()
	if err != nil {
		s.require("script", false, "%v", err)
	}
	res.Seconds = time.Since(s.began).Seconds()
	s.close()
	if s.ledger != nil {
		res.Events = s.ledger.acked()
		s.ledger.file.Close()
	}
	res.Verdicts, res.Figures, res.Timeline = s.verdicts, s.figures, s.timeline
	for _, v := range s.verdicts {
		res.OK = res.OK && v.OK
	}
	h.print(&res)
	if !res.OK && h.o.keep {
		fmt.Fprintf(h.log, "      logs: %s\n", dir)
	} else {
		os.RemoveAll(dir)
	}
	return res
}

func (h *harness) print(res *result) {
	for _, v := range res.Verdicts {
		word := "ok  "
		if !v.OK {
			word = "FAIL"
		}
		fmt.Fprintf(h.log, "  %s %-10s %s\n", word, v.Check, v.Text)
	}
	for _, f := range res.Figures {
		fmt.Fprintf(h.log, "       %-10s %s\n", f.Name, f.Value)
	}
	fmt.Fprintf(h.log, "       again: %s\n", res.Again)
}

// play runs the row's script from its beginning to the verdicts.
func (s *stand) play() error {
	if err := s.open(); err != nil {
		return err
	}
	body := func(id string, i int) []byte { return marshal(s.set.order(s, id, i)) }
	s.publish(pace{events: warmUp}, orders, func(id string, _ int) []byte { return marshal(order{ID: id}) })
	if err := s.quiesce(); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	if s.set.collector {
		emitted, _, err := s.exported()
		if err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
		s.perOrder = emitted / warmUp
	}
	for _, w := range s.workers {
		var err error
		if w.base, err = w.state(s.ctx); err != nil {
			return err
		}
	}
	s.loaded = time.Now()
	go func() {
		defer close(s.published)
		s.publish(s.set.pace, orders, body)
	}()
	var err error
	if s.row.fault != nil {
		err = s.row.fault(s)
	}
	<-s.published
	if err != nil {
		return err
	}
	for _, w := range s.workers {
		if err := w.ready(startPatience); err != nil {
			return fmt.Errorf("after the fault: %w", err)
		}
	}
	s.note("published, waiting for the end")
	if err := s.quiesce(); err != nil {
		s.require("quiesce", false, "%v", err)
	}
	b, err := s.books(s.ctx)
	if err != nil {
		return err
	}
	return s.verify(s.ctx, b)
}
