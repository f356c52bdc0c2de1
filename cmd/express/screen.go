package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"

	"golang.org/x/term"
)

// Keys that a terminal in raw mode hands on.
const (
	ctrlC = 3
	ctrlD = 4
)

// sequence is what arrows and the like send.
var sequence = regexp.MustCompile(`\x1b([\[O][0-9;?]*[@-~])?`)

// What a terminal is told.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // a screen of our own, without a cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	toTop       = "\x1b[H"
	restOfLine  = "\x1b[K"
	restBelow   = "\x1b[J"
)

// A screen is a terminal that is drawn as a whole, and whose keys are read one
// by one.
type screen struct {
	in, out *os.File
	before  *term.State
	keys    chan byte
	closed  chan struct{}
}

// openScreen takes the terminal, which standard input and output have to be.
func (a *app) openScreen() (*screen, error) {
	in, isFile := a.stdin.(*os.File)
	out, isFileToo := a.stdout.(*os.File)
	if !isFile || !isFileToo {
		return nil, errors.New("there is no terminal")
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, fmt.Errorf("take the terminal: %w", err)
	}
	s := &screen{in: in, out: out, before: before, keys: make(chan byte), closed: make(chan struct{})}
	fmt.Fprint(out, enterScreen)
	go s.read()
	return s, nil
}

// read hands out keys. A read that blocks outlives s.
func (s *screen) read() {
	buf := make([]byte, 32)
	for {
		n, err := s.in.Read(buf)
		if err != nil {
			return
		}
		for _, key := range sequence.ReplaceAll(buf[:n], nil) {
			select {
			case s.keys <- key:
			case <-s.closed:
				return
			}
		}
	}
}

// size is how many columns and lines there are; 0 is unknown.
func (s *screen) size() (width, height int) {
	width, height, _ = term.GetSize(int(s.out.Fd()))
	return width, height
}

// show puts lines in the place of what was shown before, in one write, so that
// nothing flickers.
func (s *screen) show(lines []byte) {
	lines = bytes.TrimSuffix(lines, []byte("\n")) // the last line would scroll
	lines = bytes.ReplaceAll(lines, []byte("\n"), []byte(restOfLine+"\r\n"))
	s.out.Write(append(append([]byte(toTop), lines...), restOfLine+restBelow...))
}

// close gives the terminal back.
func (s *screen) close() {
	close(s.closed)
	fmt.Fprint(s.out, leaveScreen)
	term.Restore(int(s.in.Fd()), s.before)
}
