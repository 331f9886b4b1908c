package fakerds

import "time"

// Range is a duration that is drawn evenly from Min to Max.
type Range struct{ Min, Max time.Duration }

// Exactly is the Range that is always d.
func Exactly(d time.Duration) Range { return Range{d, d} }

// Timing is how long things take and what is left open by the documentation.
// A zero field gets its default.
type Timing struct {
	Endpoint         Range // from the call until the endpoint is known
	Create           Range // from the call until the instance first leaves creating
	Restore          Range // the same for restores, which read the backup first
	FirstBackup      Range // backing-up after the creation, and daily
	Configure        Range // modifying, configuring-enhanced-monitoring, …
	ResetCredentials Range
	Start, Stop      Range
	Delete           Range
	Failover         Range // 60–120 s. [RDS guide, Multi-AZ DB instance deployments]
	Snapshot, Copy   Range

	KeyCheck           time.Duration // RDS notices a key's change within this; undocumented, default 30 minutes
	Periodic           bool          // look at every key every KeyCheck, not only after KeyChanged
	InaccessibleAfter  time.Duration // from detection to …-recoverable: 2 hours. [aws-facts 1]
	RecoverableFor     time.Duration // from there to the terminal status: 7 days. [aws-facts 1]
	MaxStopped         time.Duration // RDS starts a stopped instance after 7 days. [RDS guide, Stopping a DB instance]
	CheckStopped       bool          // keys of stopped instances are looked at too (inference: they are not)
	RestorableLag      time.Duration // LatestRestorableTime is this long ago: 5 minutes. [RDS guide, Point-in-time recovery]
	DailyBackups       bool          // show backing-up once a day; off, because it is noise only
	RefuseInaccessible bool          // no point-in-time restore of an inaccessible source (inference: allowed, the key being usable again)
}

// keySettle is how long KMS may go on answering as before a change.
// [KMS guide, KMS eventual consistency; aws-facts 14]
const keySettle = 5 * time.Minute

// defaultTiming has only documented or plausible values.
var defaultTiming = Timing{
	Endpoint:          Range{time.Minute, 3 * time.Minute},
	Create:            Range{4 * time.Minute, 9 * time.Minute},
	Restore:           Range{6 * time.Minute, 15 * time.Minute},
	FirstBackup:       Range{2 * time.Minute, 5 * time.Minute},
	Configure:         Range{30 * time.Second, 2 * time.Minute},
	ResetCredentials:  Range{20 * time.Second, time.Minute},
	Start:             Range{3 * time.Minute, 8 * time.Minute},
	Stop:              Range{2 * time.Minute, 6 * time.Minute},
	Delete:            Range{3 * time.Minute, 8 * time.Minute},
	Failover:          Range{time.Minute, 2 * time.Minute},
	Snapshot:          Range{2 * time.Minute, 8 * time.Minute},
	Copy:              Range{3 * time.Minute, 12 * time.Minute},
	KeyCheck:          30 * time.Minute,
	InaccessibleAfter: 2 * time.Hour,
	RecoverableFor:    7 * 24 * time.Hour,
	MaxStopped:        7 * 24 * time.Hour,
	RestorableLag:     5 * time.Minute,
}

func (t *Timing) setDefaults() {
	d := defaultTiming
	for _, p := range []struct{ have, def *Range }{
		{&t.Endpoint, &d.Endpoint}, {&t.Create, &d.Create}, {&t.Restore, &d.Restore},
		{&t.FirstBackup, &d.FirstBackup}, {&t.Configure, &d.Configure}, {&t.ResetCredentials, &d.ResetCredentials},
		{&t.Start, &d.Start}, {&t.Stop, &d.Stop}, {&t.Delete, &d.Delete}, {&t.Failover, &d.Failover},
		{&t.Snapshot, &d.Snapshot}, {&t.Copy, &d.Copy},
	} {
		if *p.have == (Range{}) {
			*p.have = *p.def
		}
	}
	for _, p := range []struct{ have, def *time.Duration }{
		{&t.KeyCheck, &d.KeyCheck}, {&t.InaccessibleAfter, &d.InaccessibleAfter}, {&t.RecoverableFor, &d.RecoverableFor},
		{&t.MaxStopped, &d.MaxStopped}, {&t.RestorableLag, &d.RestorableLag},
	} {
		if *p.have <= 0 {
			*p.have = *p.def
		}
	}
}

// Quotas are the account's limits in the Region. A zero field gets AWS's default.
type Quotas struct {
	Instances       int // 40
	StorageGiB      int // 100,000, over all instances
	ManualSnapshots int // 100 [aws-facts 12]
}

// setDefaults fills in the defaults. [RDS guide, Quotas and constraints]
func (q *Quotas) setDefaults() {
	for _, p := range []struct {
		have *int
		def  int
	}{{&q.Instances, 40}, {&q.StorageGiB, 100_000}, {&q.ManualSnapshots, 100}} {
		if *p.have <= 0 {
			*p.have = p.def
		}
	}
}
