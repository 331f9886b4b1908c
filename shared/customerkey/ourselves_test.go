package customerkey_test

import (
	"context"
	"testing"
	"time"

	"latchkey/shared/customerkey"
)

const ownARN = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-00000000000f"

// twoKeys is a KMS that answers for the platform's own key apart from the customer's.
type twoKeys struct {
	*stub
	own error
}

func (k twoKeys) Describe(ctx context.Context, arn string) (customerkey.Description, error) {
	if arn == ownARN {
		return customerkey.Description{ARN: ownARN, State: customerkey.StateEnabled}, k.own
	}
	return k.stub.Describe(ctx, arn)
}

// A denial locks, unless our own key is denied as well: then it is our
// permissions that broke, and no customer's will.
func TestRules_Step_DeniedByOurselves(t *testing.T) {
	withOwn := rules
	withOwn.OwnKeys = map[string]string{testRegion: ownARN}
	denied := refused("DescribeKey", customerkey.CodeAccessDenied)
	for name, c := range map[string]struct {
		rules customerkey.Rules
		own   error
		want  customerkey.Phase
	}{
		"the customer's denial":         {withOwn, nil, customerkey.PhaseRevoked},
		"ours as well":                  {withOwn, denied, customerkey.PhaseUnreachable},
		"ours gives no answer":          {withOwn, errTimeout, customerkey.PhaseRevoked},
		"no key of our own to ask with": {rules, denied, customerkey.PhaseRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			rec, now := inPhase(t, customerkey.PhaseUsable)
			keys := twoKeys{newStub(), c.own}
			keys.err["DescribeKey"] = denied
			for range 2 {
				now = now.Add(time.Minute)
				rec = c.rules.Step(ctx, keys, rec, testRegion, now).Record
			}
			if rec.Phase != c.want {
				t.Errorf("after two looks: %s (%s), want %s", rec.Phase, rec.Reason, c.want)
			}
		})
	}
}
