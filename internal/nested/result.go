package nested

import (
	"unicode/utf8"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// maxCause is the most characters of a cause: what AWS's API model allows.
const maxCause = 32_768

// included says that the text beside it is there.
var included = value.Object(value.Member{Key: "Included", Val: value.True})

// started is the response of StartExecution.
func (s *start) started() value.Value {
	m := []value.Member{{Key: "ExecutionArn", Val: value.String(s.arn)}}
	if s.api.metadata {
		m = append(m, s.metadata()...)
	}
	return value.Object(append(m, value.Member{Key: "StartDate", Val: s.api.date(s.event.Time)})...)
}

// metadata is what definitions may look for in the response: that there was one.
func (s *start) metadata() []value.Member {
	const contentType = "application/x-amz-json-1.0"
	id, typ := value.String(s.request), value.String(contentType)
	return []value.Member{
		{Key: "SdkHttpMetadata", Val: value.Object(
			value.Member{Key: "AllHttpHeaders", Val: value.Object(
				value.Member{Key: "x-amzn-RequestId", Val: value.Array(id)},
				value.Member{Key: "Content-Type", Val: value.Array(typ)},
			)},
			value.Member{Key: "HttpHeaders", Val: value.Object(
				value.Member{Key: "x-amzn-RequestId", Val: id},
				value.Member{Key: "Content-Type", Val: typ},
			)},
			value.Member{Key: "HttpStatusCode", Val: value.Int(200)},
		)},
		{Key: "SdkResponseMetadata", Val: value.Object(value.Member{Key: "RequestId", Val: id})},
	}
}

// described is the result of a job: the description of s with input and output as
// text. That it did not succeed is a States.TaskFailed, whatever its own error
// was.
func (s *start) described(o *express.Outcome) (value.Value, error) { return s.result(o, false) }

// parsed is described with input and output as JSON.
func (s *start) parsed(o *express.Outcome) (value.Value, error) { return s.result(o, true) }

func (s *start) result(o *express.Outcome, parsed bool) (value.Value, error) {
	if o.Status != express.Succeeded {
		return value.Value{}, &express.Error{Name: express.ErrTaskFailed, Cause: s.cause(o)}
	}
	return s.description(o, parsed), nil
}

// response is that of StartSyncExecution, to which a failed execution is no
// failure.
func (s *start) response(o *express.Outcome) (value.Value, error) {
	return s.description(o, false), nil
}

// description is s as DescribeExecution and StartSyncExecution have it, once it
// has ended with o: input and output are JSON text, unless they are to be parsed.
func (s *start) description(o *express.Outcome, parsed bool) value.Value {
	in, out := value.String(s.input), value.Value{}
	if parsed {
		in = s.event.Input
	}
	if o.Status == express.Succeeded {
		out = o.Output
		if !parsed {
			out = value.String(out.String())
		}
	}
	return s.describe(o, in, out)
}

// cause is the description of s, which has failed with o, as the cause of the
// task's failure. What there is no room for is left out: the input, which the
// description says, and if need be the end of the failure's own cause.
func (s *start) cause(o *express.Outcome) string {
	d := s.description(o, false).String()
	if tooLong(d) {
		d = s.describe(o, value.Value{}, value.Value{}).String()
	}
	for tooLong(d) && o.Err != nil && o.Err.Cause != "" {
		short := *o.Err
		short.Cause = half(short.Cause)
		o.Err = &short
		d = s.describe(o, value.Value{}, value.Value{}).String()
	}
	return d
}

func tooLong(cause string) bool { return utf8.RuneCountInString(cause) > maxCause }

// half is the first half of s, in whole characters.
func half(s string) string {
	n := len(s) / 2
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// describe is the description of s with this input and output, in the order of
// their names, as AWS has them. What is "nothing" is absent.
func (s *start) describe(o *express.Outcome, in, out value.Value) value.Value {
	m := make([]value.Member, 0, 12)
	add := func(key string, v value.Value) {
		if !v.IsNothing() {
			m = append(m, value.Member{Key: key, Val: v})
		}
	}
	if o.Status == express.Failed {
		if !o.Err.NoCause {
			add("Cause", value.String(o.Err.Cause))
		}
		if o.Err.Name != "" {
			add("Error", value.String(o.Err.Name))
		}
	}
	add("ExecutionArn", value.String(s.arn))
	add("Input", in)
	add("InputDetails", value.Object(value.Member{Key: "Included", Val: value.Bool(!in.IsNothing())}))
	add("Name", value.String(s.event.Name))
	if !out.IsNothing() {
		add("Output", out)
		add("OutputDetails", included)
	}
	add("StartDate", s.api.date(o.Start))
	add("StateMachineArn", value.String(s.machine.Identity().ARN))
	add("Status", value.String(o.Status.String()))
	add("StopDate", s.api.date(o.Stop))
	return value.Object(m...)
}
