package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"latchkey/localstack/emulator/template"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// Pass lets time pass for the record of a key: every time in it, and when it is
// due, moves into the past. The functions have the clock of this machine, and
// what they wait for after a key has come back takes minutes.
func (s *Stack) Pass(ctx context.Context, region, keyARN string, d time.Duration) error {
	store := dynamodb.New(template.Config(s.ProxyURL, region, "local-stack"), deployment.Table, clock.System{})
	it, err := store.Get(ctx, catalog.Key{Part: "key#" + keyARN, Sort: "."})
	if err != nil {
		return coded.Wrap(coded.Internal, err, "reading the record of %s", keyARN)
	}
	var record any
	decoder := json.NewDecoder(bytes.NewReader(it.Body))
	decoder.UseNumber()
	if err := decoder.Decode(&record); err != nil {
		return coded.Wrap(coded.Internal, err, "the record of %s", keyARN)
	}
	if it.Body, err = json.Marshal(earlier(record, d)); err != nil {
		return coded.Wrap(coded.Internal, err, "the record of %s", keyARN)
	}
	if !it.DueAt.IsZero() {
		it.DueAt = it.DueAt.Add(-d)
	}
	err = store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it, IfVersion: it.Version}}})
	if err != nil {
		return coded.Wrap(coded.Internal, err, "writing the record of %s", keyARN)
	}
	return nil
}

// earlier returns v with every time in it moved.
func earlier(v any, d time.Duration) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = earlier(x, d)
		}
	case []any:
		for i, x := range v {
			v[i] = earlier(x, d)
		}
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.Add(-d).Format(time.RFC3339Nano)
		}
	}
	return v
}
