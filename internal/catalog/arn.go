package catalog

import (
	"strconv"
	"strings"
)

// An Account says whose state machines are in a Registry: the middle of their
// ARNs.
type Account struct {
	Partition string // "aws"
	Region    string
	ID        string // twelve digits
}

// DefaultAccount is the account of an engine that is told of no other: the one that
// AWS's own documentation uses.
var DefaultAccount = Account{Partition: "aws", Region: "us-east-1", ID: "123456789012"}

// An ARN names a state machine, or a version or an alias of it.
type ARN struct {
	Account
	Name      string
	Qualifier string // number of a version, name of an alias, or ""
}

const resourceType = "stateMachine"

// String is a as AWS writes it.
func (a ARN) String() string {
	s := "arn:" + a.Partition + ":states:" + a.Region + ":" + a.ID + ":" + resourceType + ":" + a.Name
	if a.Qualifier != "" {
		s += ":" + a.Qualifier
	}
	return s
}

// Unqualified is the ARN of the state machine itself.
func (a ARN) Unqualified() ARN {
	a.Qualifier = ""
	return a
}

// Qualified is the ARN of a version of a.
func (a ARN) Qualified(version int) ARN {
	a.Qualifier = strconv.Itoa(version)
	return a
}

// Version is the number of the version that a names, 0 if it names none: an alias
// has a letter, a dot, a hyphen or an underscore in its name.
func (a ARN) Version() int {
	n, err := strconv.ParseUint(a.Qualifier, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != a.Qualifier {
		return 0
	}
	return int(n)
}

// Of is the ARN of the state machine name of an account.
func (a Account) Of(name string) ARN { return ARN{Account: a, Name: name} }

// ParseARN reads an ARN of a state machine, a version or an alias. Its error is an
// *Error in AWS's words.
func ParseARN(s string) (ARN, error) {
	part := strings.Split(s, ":")
	switch {
	case part[0] != "arn":
		return ARN{}, invalidARN("Invalid ARN prefix: " + s)
	case len(part) < 7 || len(part) > 8 || part[2] != "states":
		if len(part) > 5 && part[2] == "states" && part[5] != resourceType {
			return ARN{}, invalidARN("Resource type not valid in this context: " + part[5])
		}
		return ARN{}, invalidARN("Invalid ARN: " + s)
	case part[5] != resourceType:
		return ARN{}, invalidARN("Resource type not valid in this context: " + part[5])
	case strings.Contains(part[6], "/"):
		return ARN{}, &Error{
			Code:    ValidationException,
			Message: "This operation does not support state machine ARNs with a Map state label: " + s,
			Reason:  "API_DOES_NOT_SUPPORT_LABELED_ARNS",
		}
	}
	a := ARN{Account: Account{part[1], part[3], part[4]}, Name: part[6]}
	if len(part) == 8 {
		a.Qualifier = part[7]
	}
	if a.Name == "" || len(part) == 8 && a.Qualifier == "" {
		return ARN{}, invalidARN("Invalid ARN: " + s)
	}
	return a, nil
}

func invalidARN(why string) *Error {
	return &Error{Code: InvalidArn, Message: "Invalid Arn: '" + why + "'"}
}
