package awsapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	service   = "states" // as what the service is signed for
	terminal  = "aws4_request"
	timeForm  = "20060102T150405Z"

	// maxSkew is how far a client's clock may be off, as on AWS: it bounds how long
	// a request that somebody has seen can be sent again.
	maxSkew = 5 * time.Minute
)

// A verifier checks signatures of the version 4 with a set of keys. It is
// immutable, and safe for concurrent use.
type verifier struct {
	keys   map[string]Key
	signer *v4.Signer // keeps derived keys by the id of the key alone, so it is made anew with the set
	region string     // that requests are signed for, "" for any
}

func newVerifier(keys []Key, region string) *verifier {
	v := &verifier{keys: make(map[string]Key, len(keys)), signer: v4.NewSigner(), region: region}
	for _, k := range keys {
		v.keys[k.ID] = k
	}
	return v
}

// unknown stands for keys that there are not: finding out about one takes as
// long as about one that there is.
var unknown = Key{ID: "unknown", Secret: "there is no key that has this secret"}

// A signature is what the header Authorization says.
type signature struct {
	id, date, region, service string
	headers                   []string
	mac                       string
}

// verify returns the key that r, whose body is body, is signed with.
func (v *verifier) verify(ctx context.Context, r *http.Request, body []byte, now time.Time) (*Key, *Error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, refuse(codeNoToken, "Missing Authentication Token")
	}
	sig, ok := parseSignature(header)
	if !ok {
		return nil, refuse(codeIncomplete, "Authorization header requires Credential, SignedHeaders and Signature in the form of %s.", algorithm)
	}
	date := r.Header.Get("X-Amz-Date")
	at, err := time.Parse(timeForm, date)
	switch {
	case err != nil || at.Format(timeForm) != date: // Parse takes fractions, too
		return nil, refuse(codeIncomplete, "X-Amz-Date is not in the form %s.", timeForm)
	case sig.date != at.Format("20060102"):
		return nil, refuse(codeSignature, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP")
	case sig.service != service:
		return nil, refuse(codeSignature, "Credential should be scoped to correct service: '%s'.", service)
	case v.region != "" && sig.region != v.region:
		return nil, refuse(codeSignature, "Credential should be scoped to a valid region: '%s'.", v.region)
	case at.Before(now.Add(-maxSkew)):
		return nil, refuse(codeSignature, "Signature expired: %s is now earlier than %s", at.Format(timeForm), now.Add(-maxSkew).UTC().Format(timeForm))
	case at.After(now.Add(maxSkew)):
		return nil, refuse(codeSignature, "Signature not yet current: %s is still later than %s", at.Format(timeForm), now.Add(maxSkew).UTC().Format(timeForm))
	}
	for _, name := range []string{"host", "x-amz-date", "x-amz-target"} {
		if !slices.Contains(sig.headers, name) {
			return nil, refuse(codeSignature, "'%s' must be a 'SignedHeader' in the Authorization header.", name)
		}
	}

	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if sent := r.Header.Get("X-Amz-Content-Sha256"); sent != "" && sent != hash {
		return nil, refuse(codeSignature, "The body does not have the hash in X-Amz-Content-Sha256.")
	}
	key, known := v.keys[sig.id]
	if !known {
		key = unknown
	}
	credentials := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}
	again := signedPart(r, sig.headers)
	if err := v.signer.SignHTTP(ctx, credentials, again, hash, service, sig.region, at); err != nil {
		return nil, refuse(codeSignature, "The request cannot be signed as it is.")
	}
	want, _ := parseSignature(again.Header.Get("Authorization"))
	same := subtle.ConstantTimeCompare([]byte(want.mac), []byte(sig.mac)) == 1
	if !known || !same || !slices.Equal(want.headers, sig.headers) {
		return nil, refuse(codeSignature, "The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return &key, nil
}

// parseSignature reads "AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=A;B, Signature=HEX".
func parseSignature(header string) (s signature, ok bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return s, false
	}
	parts := make(map[string]string)
	for part := range strings.SplitSeq(rest, ",") {
		key, val, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := parts[key]; twice {
			return s, false
		}
		parts[key] = val
	}
	scope := strings.Split(parts["Credential"], "/")
	if len(parts) != 3 || len(scope) != 5 || scope[4] != terminal || parts["SignedHeaders"] == "" || parts["Signature"] == "" {
		return s, false
	}
	return signature{
		id: scope[0], date: scope[1], region: scope[2], service: scope[3],
		headers: strings.Split(parts["SignedHeaders"], ";"),
		mac:     parts["Signature"],
	}, true
}

// signedPart is what of r is signed: its method, its path and those headers. An
// operation has no query.
func signedPart(r *http.Request, headers []string) *http.Request {
	part := &http.Request{
		Method: r.Method,
		Host:   r.Host,
		URL:    &url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path},
		Header: make(http.Header, len(headers)),
	}
	for _, name := range headers {
		switch name {
		case "host":
		case "content-length": // the signer takes it from the field
			part.ContentLength = r.ContentLength
		default:
			key := http.CanonicalHeaderKey(name)
			if values, ok := r.Header[key]; ok {
				part.Header[key] = slices.Clone(values)
			}
		}
	}
	return part
}
