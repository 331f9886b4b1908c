package ledger

import (
	"context"
	"io"

	"latchkey/shared/objects"
)

type fetched struct {
	key  string
	body []byte
	err  error
}

// fetch reads files ahead, a few at a time, and returns what gives them in order.
func (l *Ledger) fetch(ctx context.Context, files []objects.Info) func() fetched {
	slots := make(chan chan fetched, ahead)
	go func() {
		defer close(slots)
		for _, f := range files {
			slot := make(chan fetched, 1)
			select {
			case slots <- slot:
			case <-ctx.Done():
				return
			}
			go func() { slot <- l.get(ctx, f.Key) }()
		}
	}()
	return func() fetched {
		slot, more := <-slots
		if !more {
			return fetched{err: ctx.Err()}
		}
		return <-slot
	}
}

func (l *Ledger) get(ctx context.Context, key string) fetched {
	o, err := l.Objects.Open(ctx, l.Config.LedgerBucket, key)
	if err != nil {
		return fetched{key: key, err: err}
	}
	defer o.Body.Close()
	body, err := io.ReadAll(io.LimitReader(o.Body, maxObject))
	return fetched{key: key, body: body, err: err}
}
