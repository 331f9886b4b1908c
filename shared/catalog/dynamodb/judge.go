package dynamodb

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/catalog/dynamodb/schema"
)

// reason says why one action of a write was refused.
type reason struct {
	code string
	old  row // the stored item, where the action asked for it
}

// Codes of reasons. [DynamoDB API reference, TransactWriteItems: CancellationReasons]
const (
	reasonNone       = "None"
	reasonCondition  = "ConditionalCheckFailed"
	reasonConflict   = "TransactionConflict"
	reasonThroughput = "ProvisionedThroughputExceeded"
	reasonThrottled  = "ThrottlingError"
)

// reasons returns the reasons of a refused write, in the order of its actions;
// none if the error is about no action.
func reasons(err error) []reason {
	var (
		cancelled *types.TransactionCanceledException
		condition *types.ConditionalCheckFailedException
		conflict  *types.TransactionConflictException
	)
	switch {
	case errors.As(err, &cancelled):
		all := make([]reason, len(cancelled.CancellationReasons))
		for i, r := range cancelled.CancellationReasons {
			all[i] = reason{code: aws.ToString(r.Code), old: r.Item}
		}
		return all
	case errors.As(err, &condition):
		return []reason{{code: reasonCondition, old: condition.Item}}
	case errors.As(err, &conflict):
		return []reason{{code: reasonConflict}}
	}
	return nil
}

// outcome is what becomes of a commit that was refused.
type outcome int

const (
	refused  outcome = iota // the error is about no action: it says itself what it is
	invalid                 // DynamoDB does not take one of the actions
	applied                 // an earlier try of the same write was applied after all
	seen                    // the event was applied before
	conflict                // a version is not as it has to be
	again                   // nothing is wrong with it: try again
)

// verdict is an outcome and, for a conflict, the action at fault.
type verdict struct {
	outcome outcome
	about   *action
}

// judge decides what becomes of a write by its reasons. A failed condition
// outweighs a collision with another transaction: it would fail again.
func (s *Store) judge(actions []action, why []reason) verdict {
	if len(why) != len(actions) {
		return verdict{}
	}
	var failed []int
	retry, other := false, false
	for i, r := range why {
		switch r.code {
		case reasonNone, "":
		case reasonCondition:
			failed = append(failed, i)
		case reasonConflict, reasonThroughput, reasonThrottled:
			retry = true
		default:
			other = true
		}
	}
	switch {
	case len(failed) > 0:
		return s.judgeConditions(actions, why, failed)
	case other:
		return verdict{outcome: invalid}
	case retry:
		return verdict{outcome: again}
	}
	return verdict{}
}

// judgeConditions looks at the conditions that failed.
func (s *Store) judgeConditions(actions []action, why []reason, failed []int) verdict {
	v := verdict{outcome: again}
	for _, i := range failed {
		a, old := &actions[i], why[i].old
		switch {
		case a.seen:
			return verdict{outcome: seen}
		case a.lateStamp(old, s.now()):
			s.stamps.raise(old.number(schema.Stamp))
		case v.outcome == again:
			v = verdict{outcome: conflict, about: a}
		}
	}
	if a := v.about; a != nil && len(actions) == 1 && a.write.Put != nil && a.ours(why[0].old) {
		return verdict{outcome: applied}
	}
	return v
}

// lateStamp reports whether a put was refused for its stamp alone.
func (a *action) lateStamp(old row, now int64) bool {
	return a.stamp > 0 && old.number(schema.Version) == a.ifVersion && !old.expired(now) && old.number(schema.Stamp) >= a.stamp
}
