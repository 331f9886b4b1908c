package ledger

import (
	"sync"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
)

// How long an answer is kept. A key's must be younger than CloudTrail is slow
// plus keyusage.Rules.Grace, so that a revocation that is on record is seen by
// the time its uses are read.
const (
	keepKey   = time.Minute
	keepOwner = 10 * time.Minute
	keepNone  = time.Minute
	maxKept   = 50_000 // answers of a kind; then all are forgotten
)

// known is what the directories of a ledger share.
type known struct {
	mu      sync.Mutex
	tenants map[string]answer[bool]
	owners  map[string]answer[keyusage.Owner]
	others  map[string]answer[[]string]
	keys    map[string]answer[keyusage.Key]
	logs    map[string]answer[bool] // by account and Region
}

type answer[T any] struct {
	value T
	found bool
	until time.Time
}

// ask returns a kept answer, or asks anew. What is not known is noted as missed,
// and what is known as met, under the kind and the id; not so without a kind.
func ask[T any](d *directory, kept *map[string]answer[T], kind, id string, keep time.Duration, fetch func() (T, bool, error)) (value T, found bool) {
	defer func() {
		if kind != "" && !found && len(d.missed) <= maxMissed {
			d.missed[kind+"/"+id] = true
		}
	}()
	mu := &d.l.known.mu
	mu.Lock()
	have, ok := (*kept)[id]
	mu.Unlock()
	if ok && d.now.Before(have.until) {
		return have.value, have.found
	}
	if d.err != nil {
		return have.value, false
	}
	value, found, err := fetch()
	if err == nil && found && kind != "" {
		err = d.l.meet(d.ctx, kind+"/"+id)
	}
	if err != nil {
		d.err = err
		return value, false
	}
	if !found {
		keep = keepNone
	}
	mu.Lock()
	if *kept == nil || len(*kept) >= maxKept {
		*kept = make(map[string]answer[T])
	}
	(*kept)[id] = answer[T]{value: value, found: found, until: d.now.Add(keep)}
	mu.Unlock()
	return value, found
}

// found turns an error of code notfound into an answer.
func found[T any](value T, err error) (T, bool, error) {
	if coded.Is(err, coded.NotFound) {
		return value, false, nil
	}
	return value, err == nil, err
}
