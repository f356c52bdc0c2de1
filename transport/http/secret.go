package httptask

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// A Secret is a credential that does not print: not by fmt, slog, or as JSON. It
// is read each time that it is used, so a file that is replaced counts from the
// next call on. The zero Secret is none.
type Secret struct {
	source func() (string, error) // a function, for reflection sees no more than its address
}

// Text is the secret s itself.
func Text(s string) Secret { return Secret{func() (string, error) { return s, nil }} }

// File is the secret that the file holds, without line breaks at its end.
func File(path string) Secret { return Secret{func() (string, error) { return readSecret(path) }} }

// Env is the secret that the environment variable holds.
func Env(name string) Secret {
	return Secret{func() (string, error) {
		if s, ok := os.LookupEnv(name); ok {
			return s, nil
		}
		return "", fmt.Errorf("%s is not set in the environment", name)
	}}
}

// IsZero reports whether s is none.
func (s Secret) IsZero() bool { return s.source == nil }

const hidden = "[secret]"

// String is the same for every secret.
func (s Secret) String() string { return hidden }

// GoString is the same for every secret.
func (s Secret) GoString() string { return hidden }

// LogValue is the same for every secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText, which encoding/json calls as well, is the same for every secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// maxSecret bounds the file of a secret in bytes: tokens are the longest, and
// take a few thousand.
const maxSecret = 64 << 10

var errSecretSize = fmt.Errorf("a secret has at most %d bytes", maxSecret)

func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	switch {
	case err != nil:
		return "", err
	case len(b) > maxSecret:
		return "", fmt.Errorf("read %s: %w", path, errSecretSize)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

var errEmptySecret = errors.New("the secret is empty")

// read is the secret, which is not empty.
func (s Secret) read() (string, error) {
	text, err := s.source()
	if err == nil && text == "" {
		err = errEmptySecret
	}
	return text, err
}
