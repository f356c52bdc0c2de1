package otlp

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A compressor compresses the requests of one client, one after the other.
type compressor interface {
	// compress appends src, compressed, to dst.
	compress(dst, src []byte) ([]byte, error)
}

// newCompressor is the one of this name, nil for none. Both are as fast as they
// can be: records repeat themselves, so that more effort gains little.
func newCompressor(name string) (compressor, error) {
	switch name {
	case "gzip":
		w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		return gzipper{w}, err
	case "zstd":
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		return zstandard{w}, err
	}
	return nil, nil
}

type gzipper struct{ w *gzip.Writer }

func (g gzipper) compress(dst, src []byte) ([]byte, error) {
	buf := bytes.NewBuffer(dst)
	g.w.Reset(buf)
	if _, err := g.w.Write(src); err != nil {
		return nil, fmt.Errorf("compress log records: %w", err)
	}
	if err := g.w.Close(); err != nil {
		return nil, fmt.Errorf("compress log records: %w", err)
	}
	return buf.Bytes(), nil
}

type zstandard struct{ w *zstd.Encoder }

func (z zstandard) compress(dst, src []byte) ([]byte, error) { return z.w.EncodeAll(src, dst), nil }
