package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
)

// aliasItem is the item of an alias that somebody called a recorded key by.
type aliasItem struct {
	KeyARN string    `json:"keyArn"` // as CloudTrail gave it
	At     time.Time `json:"at"`     // of a call that showed it; an alias may be moved to another key
}

func aliasKey(arn string) catalog.Key { return catalog.Key{Part: "alias#" + arn, Sort: "."} }

func isAlias(arn string) bool { return strings.Contains(arn, ":alias/") }

// maxAliases bounds the aliases that are learnt from one file.
const maxAliases = 1000

// noteAlias remembers which key an alias meant in a use.
func (a *attempt) noteAlias(u *keyusage.Counted) {
	if !u.Attribution.Known {
		return
	}
	alias, key := u.Alias()
	if alias == "" || len(alias) > maxARN || len(a.aliases) >= maxAliases {
		return
	}
	if have, ok := a.aliases[alias]; ok && !u.At.After(have.At) {
		return
	}
	if a.aliases == nil {
		a.aliases = map[string]aliasItem{}
	}
	a.aliases[alias] = aliasItem{KeyARN: key, At: u.At}
}

// learn keeps what a file showed of aliases.
func (a *attempt) learn() error {
	for _, alias := range slices.Sorted(maps.Keys(a.aliases)) {
		if err := a.l.learn(a.ctx, alias, a.aliases[alias]); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) learn(ctx context.Context, alias string, shown aliasItem) error {
	l.mu.Lock()
	known := l.aliases[alias]
	l.mu.Unlock()
	if known == shown.KeyARN {
		return nil
	}
	for range maxTries {
		have, version, err := l.alias(ctx, alias)
		if err != nil {
			return err
		}
		if version == 0 || have.KeyARN != shown.KeyARN && shown.At.After(have.At) {
			body, err := json.Marshal(shown)
			if err != nil {
				return coded.Wrap(coded.Internal, err, "encoding alias %s", alias)
			}
			put := catalog.Put{Item: catalog.Item{Key: aliasKey(alias), Body: body}, IfVersion: version}
			err = l.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{put}})
			if errors.Is(err, catalog.ErrConflict) {
				continue
			}
			if err != nil {
				return err
			}
			have = shown
		}
		l.mu.Lock()
		if l.aliases == nil || len(l.aliases) >= maxKept {
			l.aliases = map[string]string{}
		}
		l.aliases[alias] = have.KeyARN
		l.mu.Unlock()
		return nil
	}
	return coded.New(coded.Retryable, "alias %s is being recorded by others", alias)
}

// alias returns an alias's item; version 0: there is none.
func (l *Ledger) alias(ctx context.Context, arn string) (have aliasItem, version int64, err error) {
	it, err := l.Store.Get(ctx, aliasKey(arn))
	if errors.Is(err, catalog.ErrNotFound) {
		return have, 0, nil
	}
	if err == nil {
		err = json.Unmarshal(it.Body, &have)
	}
	if err != nil {
		return have, 0, coded.Wrap(codeOf(err), err, "looking up alias %s", arn)
	}
	return have, it.Version, nil
}
