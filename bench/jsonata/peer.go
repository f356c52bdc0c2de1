package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
)

// A peer is the other side with one case, in a process of its own that has seen
// no other: all that its compiler knows is this expression. It is told a number
// of evaluations, and answers with what they took.
type peer struct {
	versions versions
	cmd      *exec.Cmd
	stdin    io.Closer
	requests *json.Encoder
	answers  *json.Decoder
}

// versions are what a peer says first.
type versions struct {
	Node    string `json:"node"`
	JSONata string `json:"jsonata"`
}

// node is the command that is a peer with the case id. The process ends with an
// error if its result is not the one that the case expects.
func node(ctx context.Context, dir, id string) *exec.Cmd {
	return exec.CommandContext(ctx, "node", filepath.Join(dir, "peer.mjs"), id)
}

func startPeer(cmd *exec.Cmd) (*peer, error) {
	p := &peer{cmd: cmd}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdin, p.requests, p.answers = in, json.NewEncoder(in), json.NewDecoder(out)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the peer: %w", err)
	}
	if err := p.answers.Decode(&p.versions); err != nil {
		return nil, fmt.Errorf("the peer did not begin: %w", errors.Join(err, p.stop()))
	}
	return p, nil
}

// run evaluates n times.
func (p *peer) run(n int) (s sample, err error) {
	if err := p.requests.Encode(n); err != nil {
		return s, fmt.Errorf("ask the peer: %w", err)
	}
	if err := p.answers.Decode(&s); err != nil {
		return s, fmt.Errorf("answer of the peer: %w", err)
	}
	return s, nil
}

// stop ends the process, which ends with its input.
func (p *peer) stop() error {
	return errors.Join(p.stdin.Close(), p.cmd.Wait())
}
