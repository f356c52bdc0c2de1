package otlp

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Codes of gRPC that are looked at.
const (
	codeOK                = 0
	codeCanceled          = 1
	codeUnknown           = 2
	codeDeadlineExceeded  = 4
	codeResourceExhausted = 8
	codeAborted           = 10
	codeOutOfRange        = 11
	codeUnavailable       = 14
	codeDataLoss          = 15
)

// retryableCodes ask for another attempt, and codeResourceExhausted does if it
// says when: section "Failures" of OTLP/gRPC.
var retryableCodes = []int{
	codeCanceled, codeDeadlineExceeded, codeAborted, codeOutOfRange, codeUnavailable, codeDataLoss,
}

// grpcAnswer reads the answer of OTLP/gRPC. The status is in the trailers, or,
// where there is no message, in the header.
func grpcAnswer(res *http.Response, body []byte) (rejected int, err error) {
	status := res.Trailer
	if status.Get("Grpc-Status") == "" {
		status = res.Header
	}
	code, err := strconv.Atoi(status.Get("Grpc-Status"))
	if err != nil {
		code = codeOf(res.StatusCode) // of something on the way that speaks no gRPC
	}
	if code == codeOK {
		if len(body) > grpcFrame && body[0] == 0 {
			return readPartial(body[grpcFrame:]).result()
		}
		return 0, nil
	}
	var after time.Duration
	var delayed bool
	if details, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(status.Get("Grpc-Status-Details-Bin"), "=")); err == nil {
		_, after, delayed = readStatus(details)
	}
	message, err := url.PathUnescape(status.Get("Grpc-Message"))
	if err != nil {
		message = status.Get("Grpc-Message")
	}
	final := !slices.Contains(retryableCodes, code) && !(code == codeResourceExhausted && delayed)
	return 0, &refusal{text: fmt.Sprintf("the collector answered with code %d: %s", code, excerpt(message)), final: final, after: after}
}

// codeOf is the code of an answer without one: of gRPC's mapping of HTTP
// statuses what matters here.
func codeOf(status int) int {
	if slices.Contains(retryable, status) {
		return codeUnavailable
	}
	return codeUnknown
}
