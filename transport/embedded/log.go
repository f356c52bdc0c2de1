package embedded

import (
	"fmt"
	"log/slog"
	"sync"
)

// A logger is nats-server's log, as records of ours. nats-server reports that
// it cannot start by a fatal line, so the first of them is kept.
type logger struct {
	log *slog.Logger

	mu    sync.Mutex // guards fatal
	fatal error
}

func (l *logger) fatalError() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}

func (l *logger) Fatalf(format string, v ...any) {
	l.mu.Lock()
	if l.fatal == nil {
		l.fatal = fmt.Errorf(format, v...)
	}
	l.mu.Unlock()
	l.Errorf(format, v...)
}

// What nats-server notices at every start is of no interest beside the
// engine's own lines.
func (l *logger) Noticef(format string, v ...any) { l.Debugf(format, v...) }
func (l *logger) Warnf(format string, v ...any)   { l.log.Warn("nats: " + fmt.Sprintf(format, v...)) }
func (l *logger) Errorf(format string, v ...any)  { l.log.Error("nats: " + fmt.Sprintf(format, v...)) }
func (l *logger) Debugf(format string, v ...any)  { l.log.Debug("nats: " + fmt.Sprintf(format, v...)) }
func (l *logger) Tracef(format string, v ...any)  { l.Debugf(format, v...) }
