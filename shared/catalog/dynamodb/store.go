package dynamodb

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/aws/awserror"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
)

// Store is a catalog.Store and catalog.Outbox on a table.
type Store struct {
	client *sdk.Client
	table  string
	clock  clock.Clock
	stamps stamps
	retry  *retries
}

var (
	_ catalog.Store  = (*Store)(nil)
	_ catalog.Outbox = (*Store)(nil)
)

// New returns the store on a table that exists. The clock decides what has
// expired and stamps messages.
func New(cfg aws.Config, table string, c clock.Clock) *Store {
	return &Store{client: sdk.NewFromConfig(cfg), table: table, clock: c, retry: newRetries()}
}

// Get implements catalog.Store.
func (s *Store) Get(ctx context.Context, key catalog.Key) (catalog.Item, error) {
	if err := validateKey(key); err != nil {
		return catalog.Item{}, err
	}
	row, err := s.get(ctx, primary(key))
	if err != nil {
		return catalog.Item{}, err
	}
	if row == nil || row.expired(s.now()) {
		return catalog.Item{}, coded.Wrap(coded.NotFound, catalog.ErrNotFound, "%s", key)
	}
	return row.item()
}

// get reads an item consistently; nil if there is none.
func (s *Store) get(ctx context.Context, key row) (row, error) {
	out, err := s.client.GetItem(ctx, &sdk.GetItemInput{TableName: &s.table, Key: key, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, failed(ctx, err, "reading %s", key.text(schema.PK))
	}
	return out.Item, nil
}

// now is the clock in microseconds.
func (s *Store) now() int64 { return s.clock.Now().UnixMicro() }

// failed classifies an error of the SDK; where the context has ended, that is
// the error. Nil stays nil.
func failed(ctx context.Context, err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("%w: %w", ended, err)
	}
	return awserror.Wrap(err, format, args...)
}

// expression holds the names and values of one request's expressions.
type expression struct {
	names  map[string]string
	values map[string]types.AttributeValue
}

// with returns the expression with values for placeholders, ":x" after ":x".
func (e expression) with(placeholder string, value types.AttributeValue) expression {
	values := map[string]types.AttributeValue{placeholder: value}
	for k, v := range e.values {
		values[k] = v
	}
	return expression{e.names, values}
}
