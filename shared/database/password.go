package database

import (
	"context"
	"fmt"
	"time"

	"latchkey/events"
)

// doingPassword is what a failed try of managePassword was about.
const doingPassword = "handing the master password to Secrets Manager"

// managePassword has RDS manage the master password, as it does of the instances
// that create makes: in a secret under the platform's key, never the tenant's.
// The password changes with it, and with that RDS's status for a minute.
func (r Rules) managePassword(ctx context.Context, rec Record) error {
	return r.Restorer.ManagePassword(ctx, rec.InstanceID, r.Settings.MasterSecretKeyARN)
}

// reopen opens an instance that is available again. The master password of one
// that was restored comes first, for the fencing role may have to be made with
// it; but no tenant waits for it: where that fails, every other try goes on
// without it, and tend sees to it later.
func (r Rules) reopen(ctx context.Context, rec Record, now time.Time) Result {
	if rec.MasterSecretARN != "" || rec.Attempts%2 == 1 {
		return r.finishRestore(r.open(ctx, rec, now, events.TypeDatabaseRecovered))
	}
	if err := r.managePassword(ctx, rec); err != nil {
		return r.tryAgain(rec, doingPassword, err)
	}
	rec.Attempts++ // the next try opens, whatever RDS shows by then
	return Result{Record: rec, Wait: r.Timing.Poll}
}

// passwordAsWanted adds to a step that found nothing else to change what an
// instance lacks whose master password RDS does not manage. The database serves
// without it, so a failure parks nothing; it is tried again as seldom as a parked
// record.
func (r Rules) passwordAsWanted(ctx context.Context, out Result) Result {
	if out.Record.MasterSecretARN != "" {
		return out
	}
	out.Wait = min(out.Wait, r.Timing.Parked)
	if out.Snapshot != nil {
		return out // taken of an instance that is available, and this would make it busy
	}
	if err := r.managePassword(ctx, out.Record); err != nil {
		out.Record.Reason = fmt.Sprintf("%s: %v", doingPassword, err)
	}
	return out
}
