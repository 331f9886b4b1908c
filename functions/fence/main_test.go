package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/functiontest"
	"latchkey/shared/inside"
)

func TestVariables(t *testing.T) { functiontest.Variables(t, deployment.FunctionFence, build) }

// TestSample feeds the sample event to the handler, whose time is over before it
// has connected: what is asked is understood and allowed, and not done.
func TestSample(t *testing.T) {
	event, err := os.ReadFile("event.json")
	if err != nil {
		t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader(event))
	strict.DisallowUnknownFields()
	if err := strict.Decode(new(inside.Request)); err != nil {
		t.Error(err)
	}
	for region, want := range map[string]coded.Code{"eu-central-1": coded.Retryable, "us-east-1": coded.Invalid} {
		handler, err := build(context.Background(), function.Env[function.None]{Host: function.Host{
			Region: region, Log: slog.New(slog.DiscardHandler),
			AWS: aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")},
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		out, err := handler(ctx, event)
		if answer, ok := out.(inside.Answer); err != nil || !ok || !coded.Is(answer.Err(), want) {
			t.Errorf("in %s: %v, %v; want %s", region, out, err, want)
		}
	}
}

func TestBuild_NoCertificates(t *testing.T) {
	if _, err := build(context.Background(), function.Env[function.None]{Host: function.Host{Region: "nowhere-1"}}); !coded.Is(err, coded.Invalid) {
		t.Errorf("got %v", err)
	}
}
