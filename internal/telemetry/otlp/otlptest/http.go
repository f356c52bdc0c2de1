package otlptest

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/klauspost/compress/zstd"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip" // the compression of that name
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// ServeHTTP takes a request of OTLP/HTTP.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	a := r.next(q.Header)
	export, err := readRequest(q)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case a.Hang:
		<-q.Context().Done()
	case a.Status != 0:
		if a.After > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(a.After.Seconds())))
		}
		http.Error(w, a.Message, a.Status)
	default:
		r.reply(w, q.Header.Get("Content-Type"), r.take(export, a))
	}
}

func (r *Receiver) reply(w http.ResponseWriter, kind string, response proto.Message) {
	marshal := proto.Marshal
	if kind == "application/json" {
		marshal = protojson.Marshal
	}
	b, err := marshal(response)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Write(b) // its error is the client's
}

func readRequest(q *http.Request) (*collectorpb.ExportLogsServiceRequest, error) {
	if q.Method != http.MethodPost || q.URL.Path != "/v1/logs" {
		return nil, fmt.Errorf("unexpected %s %s", q.Method, q.URL.Path)
	}
	body, err := decompress(q.Body, q.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	export := new(collectorpb.ExportLogsServiceRequest)
	switch kind := q.Header.Get("Content-Type"); kind {
	case "application/x-protobuf":
		return export, proto.Unmarshal(b, export)
	case "application/json":
		// ids are hexadecimal here: what is base64 to protojson has other bytes
		return export, protojson.Unmarshal(b, export)
	default:
		return nil, fmt.Errorf("unexpected content type %s", kind)
	}
}

func decompress(r io.Reader, how string) (io.Reader, error) {
	switch how {
	case "":
		return r, nil
	case "gzip":
		return gzip.NewReader(r)
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("unexpected encoding %s", how)
}

func incoming(ctx context.Context) http.Header {
	md, _ := metadata.FromIncomingContext(ctx)
	h := make(http.Header)
	for key, values := range md {
		h[http.CanonicalHeaderKey(key)] = values
	}
	return h
}

// failure is a as an error of gRPC.
func failure(a Answer) error {
	s := status.New(a.Code, a.Message)
	if a.After == 0 {
		return s.Err()
	}
	s, err := s.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(a.After)})
	if err != nil {
		panic(err) // the message is known
	}
	return s.Err()
}

// zstandard is the compression that gRPC's module does not bring along.
type zstandard struct{}

func init() { encoding.RegisterCompressor(zstandard{}) }

func (zstandard) Name() string { return "zstd" }

func (zstandard) Compress(io.Writer) (io.WriteCloser, error) {
	return nil, errors.New("answers are not compressed")
}

func (zstandard) Decompress(r io.Reader) (io.Reader, error) { return decompress(r, "zstd") }
