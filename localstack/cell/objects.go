package cell

import (
	"context"

	"latchkey/shared/coded"
	"latchkey/shared/fake"
	"latchkey/shared/objects"
)

// portObjects names the ledger's bucket in plans of faults.
const portObjects = "objects"

// faulty is an object store with a plan of faults. The ledger writes from
// goroutines of its own, in which a process cannot be let die: a crash is no
// answer instead, before or after the effect.
type faulty struct {
	objects.Store
	gate fake.Gate
}

func faultyObjects(s objects.Store, plan fake.Plan) objects.Store {
	if plan == fake.NoFaults {
		return s
	}
	return faulty{s, fake.Gate{Plan: plan, Port: portObjects, Fail: fake.FailCoded}}
}

// do makes one call. What was cancelled is none, so that a plan's draws do not
// depend on the order of goroutines.
func (f faulty) do(ctx context.Context, method string, call func() error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if crash := fake.Survive(func() { err = f.gate.Do(method, call) }); crash != nil {
		return coded.Wrap(coded.Retryable, crash, "no answer")
	}
	return err
}

// Open implements objects.Store.
func (f faulty) Open(ctx context.Context, bucket, key string) (o *objects.Object, err error) {
	err = f.do(ctx, "Open", func() (err error) {
		o, err = f.Store.Open(ctx, bucket, key)
		return err
	})
	return o, err
}

// Put implements objects.Store.
func (f faulty) Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (info objects.Info, err error) {
	err = f.do(ctx, "Put", func() (err error) {
		info, err = f.Store.Put(ctx, bucket, key, body, opt)
		return err
	})
	return info, err
}

// List implements objects.Store.
func (f faulty) List(ctx context.Context, bucket, prefix, after string) (list []objects.Info, err error) {
	err = f.do(ctx, "List", func() (err error) {
		list, err = f.Store.List(ctx, bucket, prefix, after)
		return err
	})
	return list, err
}
