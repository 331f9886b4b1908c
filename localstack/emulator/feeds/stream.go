package feeds

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"latchkey/shared/clock"
)

// Letters takes what a stream's mapping has given up.
type Letters interface {
	Send(ctx context.Context, queueARN, body string) error
}

// StreamOptions say how a stream is read.
type StreamOptions struct {
	Region  string
	Clock   clock.Clock
	Letters Letters
	Log     *slog.Logger
}

// Stream hands the records of a table's stream to a function, shard by shard
// and in order within each.
type Stream struct {
	client  *sdk.Client
	invoker Invoker
	mapping Mapping
	opts    StreamOptions
	filter  filter
	shards  map[string]*shard
}

// shard is how far a shard was read, and what of it is not done.
type shard struct {
	id     string
	last   string // sequence number of the last record read
	opened bool   // the mapping's starting position was found
	work   []work
}

// work is a batch on its way.
type work struct {
	records []record
	retries int
}

// NewStream returns the feed of a stream, or an error that names an operator
// of the mapping's filters that is not supported.
func NewStream(client *sdk.Client, invoker Invoker, m Mapping, o StreamOptions) (*Stream, error) {
	if err := m.checkBatch(10_000); err != nil {
		return nil, err
	}
	f, err := newFilter(m.Filters)
	if err != nil {
		return nil, err
	}
	return &Stream{client: client, invoker: invoker, mapping: m, opts: o, filter: f, shards: map[string]*shard{}}, nil
}

// Name says what is fed to which function.
func (s *Stream) Name() string { return s.mapping.SourceARN + " → " + s.mapping.Function }

// Open finds where to start: records that are written from now on are handed
// over, whatever the starting position.
func (s *Stream) Open(ctx context.Context) error {
	list, err := s.list(ctx)
	if err != nil {
		return err
	}
	for _, sh := range list {
		if err := s.open(ctx, sh); err != nil {
			return err
		}
	}
	return nil
}

// Once reads what there is, up to one call for each shard, and gives one batch
// of each shard to the function. It returns how many records are done with;
// a batch that failed holds its shard back and is tried with the next Once.
func (s *Stream) Once(ctx context.Context, _ time.Duration) (int, error) {
	list, err := s.list(ctx)
	if err != nil {
		return 0, err
	}
	done := 0
	for _, sh := range list {
		if err := s.open(ctx, sh); err != nil {
			return done, err
		}
		skipped := 0
		if len(sh.work) == 0 {
			if skipped, err = s.read(ctx, sh, true); err != nil {
				return done, err
			}
		}
		n, err := s.deliver(ctx, sh)
		if done += n + skipped; err != nil {
			return done, err
		}
	}
	return done, nil
}

// maxShards bounds the shards of a stream that are read.
const maxShards = 100

func (s *Stream) list(ctx context.Context) ([]*shard, error) {
	out, err := s.client.DescribeStream(ctx, &sdk.DescribeStreamInput{StreamArn: &s.mapping.SourceARN, Limit: aws.Int32(maxShards)})
	if err != nil {
		return nil, fmt.Errorf("describing %s: %w", s.mapping.SourceARN, err)
	}
	var list []*shard
	for _, d := range out.StreamDescription.Shards {
		id := aws.ToString(d.ShardId)
		if s.shards[id] == nil {
			s.shards[id] = &shard{id: id}
		}
		list = append(list, s.shards[id])
	}
	return list, nil
}

// open skips what was there before, if the mapping starts with the latest.
func (s *Stream) open(ctx context.Context, sh *shard) error {
	if sh.opened {
		return nil
	}
	for s.mapping.Start == "LATEST" {
		before := sh.last
		if _, err := s.read(ctx, sh, false); err != nil {
			return err
		}
		if sh.last == before {
			break
		}
	}
	sh.opened = true
	return nil
}

// read makes one call for the records after the last and cuts those that pass
// the filters into batches. It returns how many did not pass. It asks for an
// iterator each time, since some emulators forget what an old one points to.
func (s *Stream) read(ctx context.Context, sh *shard, keep bool) (skipped int, err error) {
	in := &sdk.GetShardIteratorInput{StreamArn: &s.mapping.SourceARN, ShardId: &sh.id, ShardIteratorType: types.ShardIteratorTypeTrimHorizon}
	if sh.last != "" {
		in.ShardIteratorType, in.SequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, &sh.last
	}
	at, err := s.client.GetShardIterator(ctx, in)
	if err != nil {
		return 0, fmt.Errorf("shard %s: %w", sh.id, err)
	}
	out, err := s.client.GetRecords(ctx, &sdk.GetRecordsInput{ShardIterator: at.ShardIterator, Limit: aws.Int32(1000)})
	if err != nil {
		return 0, fmt.Errorf("records of shard %s: %w", sh.id, err)
	}
	var batch []record
	for _, r := range out.Records {
		rec, err := newRecord(r, s.mapping.SourceARN, s.opts.Region)
		if err != nil {
			return skipped, err
		}
		sh.last = rec.sequence
		if !keep || !s.filter.passes(rec.body) {
			skipped++
			continue
		}
		if batch = append(batch, rec); len(batch) == s.mapping.Batch {
			sh.work, batch = append(sh.work, work{records: batch}), nil
		}
	}
	if len(batch) > 0 {
		sh.work = append(sh.work, work{records: batch})
	}
	return skipped, nil
}

// payload is the event of a batch.
func payload(records []record) ([]byte, error) {
	list := make([]json.RawMessage, len(records))
	for i, r := range records {
		list[i] = r.body
	}
	return json.Marshal(map[string]any{"Records": list})
}
