package events

import (
	"strings"

	"latchkey/events/schema"
	"latchkey/shared/coded"
)

// KeyARN is the ARN of a KMS key, taken apart.
type KeyARN struct {
	Partition string // aws
	Region    string
	Account   string // 12 digits
	KeyID     string // a UUID, or mrk- and 32 hexadecimal digits for a multi-Region key
}

const keyARNHint = "give the full key ARN: arn:aws:kms:REGION:ACCOUNT:key/KEY-ID"

var (
	keyIDForm  = schema.NewForm(`^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$`)
	regionForm = schema.NewForm(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
)

// ParseKeyARN takes the ARN of a KMS key apart. It accepts exactly
// arn:aws:kms:REGION:ACCOUNT:key/KEY-ID; errors are coded.Invalid with a Hint
// and without a Field, which the caller knows better.
func ParseKeyARN(s string) (KeyARN, error) {
	if len(s) > 256 {
		return KeyARN{}, badARN("the ARN has %d characters", len(s))
	}
	p := strings.Split(s, ":")
	if len(p) != 6 || p[0] != "arn" {
		return KeyARN{}, badARN("%q is not an ARN", s)
	}
	if p[1] != "aws" {
		return KeyARN{}, badARN("%q is of partition %q; only aws is supported", s, p[1])
	}
	if p[2] != "kms" {
		return KeyARN{}, badARN("%q is not the ARN of a KMS key", s)
	}
	if !regionForm.MatchString(p[3]) {
		return KeyARN{}, badARN("%q names no region", s)
	}
	if !accountForm.MatchString(p[4]) {
		return KeyARN{}, badARN("%q names no account", s)
	}
	if strings.HasPrefix(p[5], "alias/") {
		err := badARN("%q is the ARN of an alias", s)
		err.Hint = "an alias can be moved to another key: give the ARN of the key itself (arn:aws:kms:REGION:ACCOUNT:key/KEY-ID; aws kms describe-key shows it)"
		return KeyARN{}, err
	}
	id, ok := strings.CutPrefix(p[5], "key/")
	if !ok || !keyIDForm.MatchString(id) {
		return KeyARN{}, badARN("%q names no key", s)
	}
	return KeyARN{Partition: p[1], Region: p[3], Account: p[4], KeyID: id}, nil
}

func badARN(format string, args ...any) *coded.Error {
	err := coded.New(coded.Invalid, format, args...)
	err.Hint = keyARNHint
	return err
}

// String returns the ARN.
func (a KeyARN) String() string {
	return "arn:" + a.Partition + ":kms:" + a.Region + ":" + a.Account + ":key/" + a.KeyID
}
