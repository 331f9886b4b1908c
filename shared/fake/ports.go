package fake

import (
	"context"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
)

// Store returns inner with every call taken through the plan.
func Store(inner catalog.Store, plan Plan) catalog.Store {
	return &store{inner, Gate{plan, PortStore, FailCoded}}
}

type store struct {
	inner catalog.Store
	gate  Gate
}

func (s *store) Get(ctx context.Context, key catalog.Key) (catalog.Item, error) {
	return get(s.gate, "Get", func() (catalog.Item, error) { return s.inner.Get(ctx, key) })
}

func (s *store) Commit(ctx context.Context, tx catalog.Tx) error {
	return s.gate.Do("Commit", func() error { return s.inner.Commit(ctx, tx) })
}

func (s *store) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	return get(s.gate, "Query", func() (catalog.Page, error) { return s.inner.Query(ctx, q) })
}

func (s *store) Due(ctx context.Context, lane catalog.Lane, shard int, until time.Time, limit int) ([]catalog.Due, error) {
	return get(s.gate, "Due", func() ([]catalog.Due, error) { return s.inner.Due(ctx, lane, shard, until, limit) })
}

// Outbox returns inner with every call taken through the plan.
func Outbox(inner catalog.Outbox, plan Plan) catalog.Outbox {
	return &outbox{inner, Gate{plan, PortOutbox, FailCoded}}
}

type outbox struct {
	inner catalog.Outbox
	gate  Gate
}

func (o *outbox) Pending(ctx context.Context, limit int) ([]catalog.Message, error) {
	return get(o.gate, "Pending", func() ([]catalog.Message, error) { return o.inner.Pending(ctx, limit) })
}

func (o *outbox) PendingIn(ctx context.Context, group string, limit int) ([]catalog.Message, error) {
	return get(o.gate, "PendingIn", func() ([]catalog.Message, error) { return o.inner.PendingIn(ctx, group, limit) })
}

func (o *outbox) Published(ctx context.Context, sent ...catalog.Message) error {
	return o.gate.Do("Published", func() error { return o.inner.Published(ctx, sent...) })
}

// Keys returns inner with every call taken through the plan.
func Keys(inner customerkey.Keys, plan Plan) customerkey.Keys {
	return &keys{inner, Gate{plan, PortKeys, FailKMS}}
}

type keys struct {
	inner customerkey.Keys
	gate  Gate
}

func (k *keys) Describe(ctx context.Context, arn string) (customerkey.Description, error) {
	return get(k.gate, "DescribeKey", func() (customerkey.Description, error) { return k.inner.Describe(ctx, arn) })
}

func (k *keys) NewCanary(ctx context.Context, arn string, ec map[string]string) ([]byte, error) {
	return get(k.gate, "GenerateDataKeyWithoutPlaintext", func() ([]byte, error) { return k.inner.NewCanary(ctx, arn, ec) })
}

func (k *keys) TryGenerateDataKey(ctx context.Context, arn string, ec map[string]string) error {
	return k.gate.Do("GenerateDataKey", func() error { return k.inner.TryGenerateDataKey(ctx, arn, ec) })
}

func (k *keys) TryDecrypt(ctx context.Context, arn string, canary []byte, ec map[string]string) error {
	return k.gate.Do("Decrypt", func() error { return k.inner.TryDecrypt(ctx, arn, canary, ec) })
}

func (k *keys) TryCreateGrant(ctx context.Context, arn string) error {
	return k.gate.Do("CreateGrant", func() error { return k.inner.TryCreateGrant(ctx, arn) })
}

func (k *keys) Grants(ctx context.Context, arn, marker string) ([]customerkey.Grant, string, error) {
	var next string
	grants, err := get(k.gate, "ListGrants", func() (g []customerkey.Grant, err error) {
		g, next, err = k.inner.Grants(ctx, arn, marker)
		return g, err
	})
	if err != nil {
		next = ""
	}
	return grants, next, err
}

// Inside returns inner with every call taken through the plan.
func Inside(inner database.Inside, plan Plan) database.Inside {
	return &inside{inner, Gate{plan, PortInside, FailCoded}}
}

type inside struct {
	inner database.Inside
	gate  Gate
}

func (i *inside) Prepare(ctx context.Context, at database.Login) error {
	return i.gate.Do("Prepare", func() error { return i.inner.Prepare(ctx, at) })
}

func (i *inside) Fence(ctx context.Context, at database.Login) error {
	return i.gate.Do("Fence", func() error { return i.inner.Fence(ctx, at) })
}

func (i *inside) Unfence(ctx context.Context, at database.Login) error {
	return i.gate.Do("Unfence", func() error { return i.inner.Unfence(ctx, at) })
}

func (i *inside) Verify(ctx context.Context, at database.Login) error {
	return i.gate.Do("Verify", func() error { return i.inner.Verify(ctx, at) })
}

func (i *inside) Drop(ctx context.Context, at database.Login) error {
	return i.gate.Do("Drop", func() error { return i.inner.Drop(ctx, at) })
}
