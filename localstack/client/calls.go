package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"latchkey/localstack/api"
	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/reconcile"
	"latchkey/shared/snapshot"
	"latchkey/shared/tenant"
)

func list[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	return all(func(after string) ([]T, string, error) {
		q := url.Values{"limit": {strconv.Itoa(catalog.MaxPage)}}
		if after != "" {
			q.Set("after", after)
		}
		var page reconcile.Listing[T]
		err := c.get(ctx, path, q, &page)
		return page.Items, page.Next, err
	})
}

func one[T any](ctx context.Context, c *Client, path string, q url.Values) (T, error) {
	var out T
	err := c.get(ctx, path, q, &out)
	return out, err
}

// Health returns how the stack is; Health.OK is false where time stands still.
func (c *Client) Health(ctx context.Context) (api.Health, error) {
	return one[api.Health](ctx, c, "/healthz", nil)
}

// Tenants, Databases, Keys and Snapshots return all records of a kind.
func (c *Client) Tenants(ctx context.Context) ([]tenant.Record, error) {
	return list[tenant.Record](ctx, c, "/tenants")
}

// Databases returns all databases and shards.
func (c *Client) Databases(ctx context.Context) ([]database.Record, error) {
	return list[database.Record](ctx, c, "/databases")
}

// Keys returns all keys that are watched.
func (c *Client) Keys(ctx context.Context) ([]customerkey.Record, error) {
	return list[customerkey.Record](ctx, c, "/keys")
}

// Snapshots returns all snapshots.
func (c *Client) Snapshots(ctx context.Context) ([]snapshot.Record, error) {
	return list[snapshot.Record](ctx, c, "/snapshots")
}

// Tenant returns one tenant.
func (c *Client) Tenant(ctx context.Context, id string) (tenant.Record, error) {
	return one[tenant.Record](ctx, c, "/tenants/"+escape(id), nil)
}

// Database returns one database.
func (c *Client) Database(ctx context.Context, id string) (database.Record, error) {
	return one[database.Record](ctx, c, "/databases/"+escape(id), nil)
}

// Key returns one key; ref is its ARN or part of its id.
func (c *Client) Key(ctx context.Context, ref string) (reconcile.KeyDetail, error) {
	return one[reconcile.KeyDetail](ctx, c, "/keys/"+escape(ref), nil)
}

// CustomerKeys returns the keys that CreateKey made.
func (c *Client) CustomerKeys(ctx context.Context) ([]api.CustomerKey, error) {
	return one[[]api.CustomerKey](ctx, c, "/customer-keys", nil)
}

// Access returns whether a tenant may be served a product, and the status that
// a service would be answered with.
func (c *Client) Access(ctx context.Context, tenantOrHost, product string) (out api.Access, status int, err error) {
	status, err = c.call(ctx, http.MethodGet, "/tenants/"+escape(tenantOrHost)+"/context", url.Values{"product": {product}}, nil, &out)
	return out, status, err
}

// Parked returns what waits for a person.
func (c *Client) Parked(ctx context.Context) ([]reconcile.Parked, error) {
	return one[[]reconcile.Parked](ctx, c, "/parked", nil)
}

// Impact returns all that dies with a key.
func (c *Client) Impact(ctx context.Context, ref string) (reconcile.Impact, error) {
	return one[reconcile.Impact](ctx, c, "/impact", url.Values{"key": {ref}})
}

// DeadLetters returns what no function could take.
func (c *Client) DeadLetters(ctx context.Context) ([]api.Letter, error) {
	return one[[]api.Letter](ctx, c, "/dead-letters", nil)
}

// Redrive delivers the dead letters again whose errors may have passed.
func (c *Client) Redrive(ctx context.Context) (out api.Redriven, err error) {
	err = c.post(ctx, "/dead-letters/redrive", nil, struct{}{}, &out)
	return out, err
}

// Put puts events; with wait it returns after their first delivery.
func (c *Client) Put(ctx context.Context, batch []json.RawMessage, wait bool) (out api.PutResult, err error) {
	err = c.post(ctx, "/events", url.Values{"wait": {strconv.FormatBool(wait)}}, batch, &out)
	return out, err
}

// Sent returns outgoing events after a number. With wait it waits so long for
// the first.
func (c *Client) Sent(ctx context.Context, after uint64, limit int, wait time.Duration) (api.SentPage, error) {
	q := url.Values{"after": {strconv.FormatUint(after, 10)}, "limit": {strconv.Itoa(limit)}}
	if wait > 0 {
		q.Set("wait", wait.String())
	}
	return one[api.SentPage](ctx, c, "/events", q)
}

// CreateKey makes a customer's key.
func (c *Client) CreateKey(ctx context.Context, in api.NewKey) (out api.CustomerKey, err error) {
	err = c.post(ctx, "/keys", nil, in, &out)
	return out, err
}

// ChangeKey does one operation of api.Op… to a key.
func (c *Client) ChangeKey(ctx context.Context, ref, op string, in api.KeyChange) (out api.KeyChanged, err error) {
	err = c.post(ctx, "/keys/"+escape(ref)+"/"+op, nil, in, &out)
	return out, err
}

// Preflight asks whether a tenant's databases could be made under a key.
func (c *Client) Preflight(ctx context.Context, ref, tenantID string) (customerkey.Report, error) {
	return one[customerkey.Report](ctx, c, "/keys/"+escape(ref)+"/preflight", url.Values{"tenant": {tenantID}})
}

// Clock returns the stack's clock.
func (c *Client) Clock(ctx context.Context) (api.Clock, error) {
	return one[api.Clock](ctx, c, "/clock", nil)
}

// Advance lets virtual time pass, and returns when it has.
func (c *Client) Advance(ctx context.Context, duration string) (out api.Clock, err error) {
	err = c.post(ctx, "/clock/advance", nil, api.Advance{Duration: duration}, &out)
	return out, err
}

// Counts returns what was counted since the stack started, and what waits now.
func (c *Client) Counts(ctx context.Context) (map[string]int64, error) {
	return one[map[string]int64](ctx, c, "/counts", nil)
}
