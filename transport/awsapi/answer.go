package awsapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed66d9166c/express/express/teststate"
	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/callback"
)

const (
	contentType  = "application/x-amz-json-1.0"
	targetPrefix = "AWSStepFunctions."

	// maxBody bounds the body of a request, as on AWS.
	maxBody = 1 << 20
	// maxDefinitionBody bounds the body of one that holds a definition, which may
	// have a mebibyte and is text in JSON: twice that leaves room for what has to be
	// escaped.
	maxDefinitionBody = 2 << 20
	// firstRead is how much memory a body gets before any of it has come.
	firstRead = 32 << 10
)

// A request is one that may be performed.
type request struct {
	ctx    context.Context
	op     *operation
	body   []byte
	key    *Key   // nil where none is needed
	id     string // of the answer, x-amzn-RequestId
	caller string // equal for all attempts of a client's call, and for no other call; "" if it does not say
	trace  string // header of the trace it belongs to
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	q := &request{ctx: r.Context(), id: newUUID()}
	out, err := s.answer(w, r, q)
	if err == nil {
		var body []byte
		if body, err = encode(out); err == nil {
			write(w, q.id, http.StatusOK, body)
		}
	}
	code := ""
	if err != nil {
		e := s.asError(err, q)
		code = e.Code
		writeError(w, q.id, e)
	}
	if s.o.Done != nil {
		name := ""
		if q.op != nil {
			name = q.op.name
		}
		s.o.Done(name, code, time.Since(began))
	}
}

// answer is the whole life of a request but for its answer, which is out or err.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, q *request) (out any, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.o.Log.Error("request of the API panicked", "operation", q.name(), "request_id", q.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			out, err = nil, errInternal
		}
	}()
	if q.op, err = operationOf(r); err != nil {
		return nil, err
	}
	if q.body, err = readBody(w, r, q.op.limit()); err != nil {
		return nil, err
	}
	if q.key, err = s.authorise(r, q); err != nil {
		return nil, err
	}
	q.caller = r.Header.Get("Amz-Sdk-Invocation-Id")
	q.trace = cmp.Or(r.Header.Get(transport.HeaderXRay), r.Header.Get(traceKey))
	return q.op.perform(s, q)
}

// traceKey is the header in the form that a look-up need not make first.
var traceKey = http.CanonicalHeaderKey(transport.HeaderTrace)

// operationOf is the operation that r asks for.
func operationOf(r *http.Request) (*operation, error) {
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	op := operations[name]
	if !ok || op == nil || r.Method != http.MethodPost || r.URL.Path != "/" || r.URL.RawQuery != "" {
		return nil, refuse(codeUnknownOperation, "There is no such operation: it is a POST of / with %sNAME in X-Amz-Target.", targetPrefix)
	}
	typ, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";") // a charset is JSON's own
	if !strings.EqualFold(strings.TrimSpace(typ), contentType) || r.Header.Get("Content-Encoding") != "" {
		return nil, refuse(codeSerialization, "The body has to be %s, not encoded.", contentType)
	}
	return op, nil
}

// readBody reads a body of at most limit bytes. Who sends it more slowly than
// bodyTimeout allows is told so.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	c := http.NewResponseController(w)
	c.SetReadDeadline(time.Now().Add(bodyTimeout)) // where there is no connection there is no deadline
	var b bytes.Buffer
	b.Grow(int(min(max(r.ContentLength, 0), firstRead)) + bytes.MinRead)
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		c.SetReadDeadline(time.Time{}) // an execution may take longer
		return b.Bytes(), nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge(limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, refuse(codeSlow, "The body did not come within %v.", bodyTimeout)
	}
	return nil, refuse(codeSerialization, "The body breaks off.")
}

func tooLarge(limit int64) *Error {
	return refuse(codeTooLarge, "The body is larger than %d bytes.", limit)
}

// authorise is the key that r is signed with, which is good for its operation.
func (s *Server) authorise(r *http.Request, q *request) (*Key, error) {
	if s.keys == nil {
		// No SDK of a program sends Origin. What does is a page in a browser, which may
		// have made a name of its own lead to this machine.
		if r.Header.Get("Origin") != "" {
			return nil, refuse(codeAccessDenied, "Pages in browsers may not use the API where it has no keys.")
		}
		return nil, nil
	}
	key, err := s.keys.get().verify(q.ctx, r, q.body, time.Now())
	if err != nil {
		return nil, err
	}
	if !slices.Contains(key.Scopes, q.op.scope) {
		return nil, refuse(codeAccessDenied, "User: %s is not authorized to perform: states:%s: its key has not the scope %s", key.ID, q.op.name, q.op.scope)
	}
	return key, nil
}

// asError is err as it is answered. One that is not the client's is logged and
// not shown.
func (s *Server) asError(err error, q *request) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*catalog.Error](err); ok {
		return &Error{Code: string(e.Code), Message: e.Message, Reason: e.Reason, Resource: e.Resource}
	}
	if e, ok := errors.AsType[*teststate.Error](err); ok {
		return &Error{Code: e.Code, Message: e.Message}
	}
	if e, ok := errors.AsType[*callback.Error](err); ok {
		return &Error{Code: e.Name, Message: e.Message}
	}
	if q.ctx.Err() != nil {
		return refuse(codeUnavailable, "The request was cancelled.")
	}
	s.o.Log.Error("request of the API failed", "operation", q.name(), "request_id", q.id, "error", err)
	return errInternal
}

func (q *request) name() string {
	if q.op == nil {
		return ""
	}
	return q.op.name
}

// An encoded answer is JSON already.
type encoded []byte

// encode is an answer as JSON.
func encode(out any) ([]byte, error) {
	if b, ok := out.(encoded); ok {
		return b, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func writeError(w http.ResponseWriter, id string, e *Error) {
	body, _ := encode(struct {
		Type     string `json:"__type"`
		Message  string `json:"message"`
		Reason   string `json:"reason,omitempty"`
		Resource string `json:"resourceName,omitempty"`
	}{e.Code, e.Message, e.Reason, e.Resource}) // text always can be
	w.Header().Set("X-Amzn-Errortype", e.Code)
	write(w, id, status(e.Code), body)
}

func write(w http.ResponseWriter, id string, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Amzn-Requestid", id)
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
	w.WriteHeader(status)
	w.Write(body) // its error is the client's, which has gone
}

// epoch is a time as the API has it: seconds with a fraction of milliseconds.
type epoch time.Time

func (e epoch) MarshalJSON() ([]byte, error) { return e.append(nil), nil }

func (e epoch) append(b []byte) []byte {
	ms := time.Time(e).UnixMilli()
	b = append(strconv.AppendInt(b, ms/1000, 10), '.')
	return append(b, byte('0'+ms/100%10), byte('0'+ms/10%10), byte('0'+ms%10))
}

// newUUID is a random UUID.
func newUUID() string {
	var b [16]byte
	binary.NativeEndian.PutUint64(b[:], rand.Uint64())
	binary.NativeEndian.PutUint64(b[8:], rand.Uint64())
	return uuid(b)
}

// uuid is b as a UUID of version 4.
func uuid(b [16]byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var s [36]byte
	at := 0
	for i, part := range [...][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
		if i > 0 {
			s[at] = '-'
			at++
		}
		at += hex.Encode(s[at:], part)
	}
	return string(s[:])
}
