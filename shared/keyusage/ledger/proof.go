package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/metric"
)

// proofDay is the item of a trail's day: what is proved of each hour.
type proofDay struct {
	Trail digest.Trail `json:"trail"`
	Date  string       `json:"date"`
	Hours [24]proof    `json:"hours"`
}

// proof is what the last look at an hour said.
type proof struct {
	Looked time.Time `json:"looked,omitzero"` // zero: never
	Proved bool      `json:"proved,omitempty"`
	Why    string    `json:"why,omitempty"`
	// Was is set where an hour that had been proved waits for a file to be read again.
	Was bool `json:"was,omitempty"`
	// Lost is set where an hour that had been proved no longer is: somebody
	// changed or removed what CloudTrail had written.
	Lost time.Time `json:"lost,omitzero"`
}

// lookBack is how far a new digest makes the hours before it looked at again:
// files may be delivered late, and read later.
const lookBack = 4 * time.Hour

// digestFile looks at the hours that a new digest may prove.
func (l *Ledger) digestFile(ctx context.Context, bucket, key string) (int, error) {
	if l.PublicKeys == nil {
		return 0, nil
	}
	trail, end, ok := digest.ParseKey(bucket, key)
	if !ok {
		return 0, coded.New(coded.Invalid, "%s is not named as a digest file is", key)
	}
	return l.prove(ctx, trail, end.Add(-lookBack), end, key)
}

// Prove checks the digests of a trail for the hours of [from, until), and
// records which are proved complete: that each log file that CloudTrail's
// digests name was read into the ledger to its end, every record of it, and as
// it was signed, and that it was still in the bucket as it was read when Prove
// looked. It returns how many hours it looked at.
func (l *Ledger) Prove(ctx context.Context, trail digest.Trail, from, until time.Time) (int, error) {
	if l.PublicKeys == nil {
		return 0, coded.New(coded.Invalid, "this ledger has no source of CloudTrail's public keys")
	}
	return l.prove(ctx, trail, from, until, "")
}

// prove is Prove, because of a digest that was announced, or of none.
func (l *Ledger) prove(ctx context.Context, trail digest.Trail, from, until time.Time, announced string) (int, error) {
	read := l.readings()
	deps := digest.Deps{Objects: trailObjects{l.Objects}, Keys: l.PublicKeys, Logs: read}
	rep, err := digest.Verify(ctx, deps, trail, from, until)
	if err != nil {
		return 0, err
	}
	since, err := l.see(ctx, trail, sinceOf(rep, announced))
	if err != nil {
		return 0, err
	}
	for i := range rep.Hours {
		h := &rep.Hours[i]
		h.Why = read.why(*h)
		if l.needed(&seenTrail{Trail: trail, Since: since}, h.Start) {
			l.countHour(*h)
		}
	}
	for i := 0; i < len(rep.Hours); {
		date := rep.Hours[i].Start.Format(time.DateOnly)
		n := slices.IndexFunc(rep.Hours[i:], func(h digest.Hour) bool { return h.Start.Format(time.DateOnly) != date })
		if n < 0 {
			n = len(rep.Hours) - i
		}
		if err := l.recordProof(ctx, trail, date, rep.Hours[i:i+n]); err != nil {
			return i, err
		}
		i += n
	}
	return len(rep.Hours), nil
}

// countHour counts an hour that is not proved. A log file that waits to be read, as
// for the next try, is no sign that anybody changed anything.
func (l *Ledger) countHour(h digest.Hour) {
	switch {
	case h.Proved || strings.HasPrefix(h.Why, "no digest"):
	case unread(h):
		l.Metrics.Count(metric.LedgerUnread, 1)
	default:
		l.Metrics.Count(metric.LedgerUnproved, 1)
	}
}

func unread(h digest.Hour) bool { return strings.HasPrefix(h.Why, string(digest.LogUnread)+": ") }

func proofKey(trail digest.Trail, date string) catalog.Key {
	return catalog.Key{Part: "proof#" + date[:7], Sort: date + "#" + trailName(trail)}
}

// recordProof writes some hours of a day into its item.
func (l *Ledger) recordProof(ctx context.Context, trail digest.Trail, date string, hours []digest.Hour) error {
	var err error
	for range maxTries {
		d := proofDay{Trail: trail, Date: date}
		it, e := l.Store.Get(ctx, proofKey(trail, date))
		if e == nil {
			e = json.Unmarshal(it.Body, &d)
		}
		if e != nil && !errors.Is(e, catalog.ErrNotFound) {
			return coded.Wrap(codeOf(e), e, "looking up what is proved of %s", date)
		}
		d.look(hours, l.Clock.Now())
		body, e := json.Marshal(d)
		if e != nil {
			return coded.Wrap(coded.Internal, e, "encoding what is proved of %s", date)
		}
		put := catalog.Put{Item: catalog.Item{Key: proofKey(trail, date), Body: body}, IfVersion: it.Version}
		if err = l.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{put}}); !errors.Is(err, catalog.ErrConflict) {
			return err
		}
	}
	return coded.Wrap(coded.Retryable, err, "recording what is proved of %s", date)
}

func (d *proofDay) look(hours []digest.Hour, now time.Time) {
	for _, h := range hours {
		p := &d.Hours[h.Start.Hour()]
		was := p.Proved || p.Was
		switch {
		case h.Proved:
			p.Was, p.Lost = false, time.Time{}
		case unread(h): // a file may be being read again: what comes of that decides
			p.Was = was
		case was:
			p.Was, p.Lost = false, now
		}
		p.Looked, p.Proved, p.Why = now, h.Proved, h.Why
	}
}

// trailObjects is the trail's bucket as package digest reads it.
type trailObjects struct{ Objects }

// Open implements digest.Objects.
func (o trailObjects) Open(ctx context.Context, bucket, key string) (io.ReadCloser, map[string]string, error) {
	object, err := o.Objects.Open(ctx, bucket, key)
	if err != nil {
		return nil, nil, err
	}
	return object.Body, object.Metadata, nil
}

// List implements digest.Objects.
func (o trailObjects) List(ctx context.Context, bucket, prefix, after string) ([]string, error) {
	list, err := o.Objects.List(ctx, bucket, prefix, after)
	keys := make([]string, len(list))
	for i, info := range list {
		keys[i] = info.Key
	}
	return keys, err
}
