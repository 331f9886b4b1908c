package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/localstack/emulator/feeds"
	"latchkey/localstack/emulator/template"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
)

// timer is a schedule that Run and Tick invoke.
type timer struct{ *feeds.Schedule }

// feed makes the feeds of everything that the stacks declare.
func (s *Stack) feed(ctx context.Context) error {
	routes := map[string][]feeds.Route{}
	for _, d := range s.Stacks {
		r := s.Regions[d.Clients.Region]
		queues, streams, err := d.Mappings()
		if err != nil {
			return err
		}
		for _, m := range queues {
			if err := s.addQueue(ctx, r, m); err != nil {
				return err
			}
		}
		for _, m := range streams {
			if err := s.addStream(ctx, r, m); err != nil {
				return err
			}
		}
		if err := addSchedules(r, d); err != nil {
			return err
		}
		list, err := d.Routes()
		if err != nil {
			return err
		}
		routes[r.Name] = append(routes[r.Name], list...)
	}
	for region, list := range routes {
		if err := s.serve(ctx, s.Regions[region], list); err != nil {
			return err
		}
	}
	return nil
}

func addSchedules(r *Region, d *template.Deployed) error {
	list, err := d.Schedules()
	if err != nil {
		return err
	}
	for _, s := range list {
		schedule, err := feeds.NewSchedule(r, s.Name, s.Function, s.Expression, s.Input)
		if err != nil {
			return err
		}
		r.timers = append(r.timers, &timer{schedule})
	}
	return nil
}

func (s *Stack) addQueue(ctx context.Context, r *Region, m feeds.Mapping) error {
	url, err := queueURL(ctx, r.Clients, m.SourceARN)
	if err != nil {
		return err
	}
	q, err := feeds.NewQueue(r.Clients.SQS, r, m, feeds.QueueOptions{
		URL: url, Region: r.Name, Redeliver: s.opts.Redeliver, Amend: s.amend, Log: s.opts.Log,
	})
	if err == nil {
		r.Feeds = append(r.Feeds, q)
	}
	return err
}

func queueURL(ctx context.Context, c template.Clients, arn string) (string, error) {
	name := arn[strings.LastIndexByte(arn, ':')+1:]
	out, err := c.SQS.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return "", coded.Wrap(coded.Internal, err, "looking for queue %s", name)
	}
	return aws.ToString(out.QueueUrl), nil
}

func (s *Stack) addStream(ctx context.Context, r *Region, m feeds.Mapping) error {
	client := dynamodbstreams.NewFromConfig(template.Config(s.Emulator.URL, r.Name, "local-stack"))
	st, err := feeds.NewStream(client, r, m, feeds.StreamOptions{Region: r.Name, Clock: clock.System{}, Letters: letters{r.Clients}, Log: s.opts.Log})
	if err != nil {
		return err
	}
	r.Feeds = append(r.Feeds, st)
	return st.Open(ctx)
}

// letters sends what a stream's mapping gave up.
type letters struct{ clients template.Clients }

// Send implements feeds.Letters.
func (l letters) Send(ctx context.Context, queueARN, body string) error {
	url, err := queueURL(ctx, l.clients, queueARN)
	if err != nil {
		return err
	}
	_, err = l.clients.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
	return err
}

// amend puts the account of its origin into an event that the emulator
// delivered without one. On AWS the field cannot be set by whoever puts the
// event; here it is what the call of PutEvents was marked with, so trust rules
// can be shown, and nothing is proved about who may put events.
func (s *Stack) amend(body string) string {
	var event map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &event) != nil || event["account"] != nil {
		return body
	}
	var id string
	if json.Unmarshal(event["id"], &id) != nil {
		return body
	}
	account, ok := s.Proxy.Origin(id)
	if !ok {
		return body
	}
	event["account"], _ = json.Marshal(account) // a string always marshals
	b, err := json.Marshal(event)
	if err != nil {
		return body
	}
	return string(b)
}

// serve answers the routes of a Region's HTTP API on a port of this machine.
func (s *Stack) serve(ctx context.Context, r *Region, routes []feeds.Route) error {
	if len(routes) == 0 {
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return coded.Wrap(coded.Internal, err, "listening for the HTTP API")
	}
	r.APIURL = "http://" + l.Addr().String()
	server := &http.Server{Handler: feeds.NewAPI(r, routes, s.opts.Log), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.opts.Log.Error("the HTTP API ended", "region", r.Name, "error", err)
		}
	}()
	s.close = append(s.close, func() {
		_ = server.Close()
		<-done
	})
	return nil
}
