package callback

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
)

// contentTypes are those of answers. No form of a web page has one of them, so
// no page can answer in the name of who looks at it.
var contentTypes = []string{"application/json", "application/x-amz-json-1.0"}

// Handler takes answers over HTTP: POST /task/success, /task/failure and
// /task/heartbeat, with the JSON that the subjects of NATS take. It answers {},
// or {"__type", "message"} with the status 400 or one that says more. It knows no
// users: a token is all that it checks.
func (r *Registry) Handler() http.Handler {
	mux := http.NewServeMux()
	for o := range ops {
		mux.HandleFunc("POST /task/"+ops[o].name, func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Content-Type", contentTypes[0])
			if err := r.post(op(o), w, q); err != nil {
				e, _ := errors.AsType[*Error](err)
				w.WriteHeader(statusOf(e))
				json.NewEncoder(w).Encode(map[string]string{"__type": e.Name, "message": e.Message}) // who has gone needs no answer
				return
			}
			io.WriteString(w, "{}\n")
		})
	}
	return mux
}

// post takes the answer in the body of q.
func (r *Registry) post(o op, w http.ResponseWriter, q *http.Request) error {
	typ, _, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(contentTypes, typ) {
		return r.refuse(badType, nil)
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, q.Body, maxBody))
	if err != nil {
		return r.refuse(unreadable, err)
	}
	a, err := r.parse(o, b)
	if err != nil {
		return err
	}
	return r.take(q.Context(), a)
}

// statusOf is the HTTP status for an error: AWS has 400 for nearly all.
func statusOf(e *Error) int {
	switch e.Name {
	case refusals[silent].name:
		return http.StatusServiceUnavailable
	case refusals[badType].name:
		return http.StatusUnsupportedMediaType
	}
	return http.StatusBadRequest
}
