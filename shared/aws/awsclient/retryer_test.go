package awsclient_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/shared/aws/awsclient"
)

// A client that is throttled slows itself down, whatever the environment asks
// for, and does not slow another one down with it.
func TestLoad_Adaptive(t *testing.T) {
	for _, mode := range []string{"", "standard"} {
		t.Run("mode "+mode, func(t *testing.T) {
			environment(t, "http://127.0.0.1:1")
			t.Setenv("AWS_RETRY_MODE", mode)
			cfg, err := awsclient.Load(context.Background(), awsclient.Options{Attempts: 7})
			if err != nil {
				t.Fatal(err)
			}
			var of [2]aws.Retryer
			for i := range of {
				of[i] = dynamodb.NewFromConfig(cfg).Options().Retryer
				if _, adaptive := of[i].(*retry.AdaptiveMode); !adaptive || of[i].MaxAttempts() != 7 {
					t.Errorf("client %d has a retryer %T of %d attempts", i, of[i], of[i].MaxAttempts())
				}
			}
			if of[0] == of[1] {
				t.Error("two clients share a retryer")
			}
		})
	}
}
