package deployed_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"latchkey/localstack/deployed"
	"latchkey/localstack/deployed/deployedtest"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// functions answers GetFunctionConfiguration. [Lambda API reference]
func functions(t *testing.T, answer func(name string) (int, any)) aws.Config {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.Split(r.URL.Path, "/")
		status, body := answer(path[3])
		if status != http.StatusOK {
			w.Header().Set("X-Amzn-ErrorType", body.(string))
			body = map[string]string{"Message": "no"}
		}
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return aws.Config{Region: deployedtest.Region, BaseEndpoint: &s.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}
}

func variables(values map[string]string) any {
	return map[string]any{"Environment": map[string]any{"Variables": values}}
}

func TestOpen(t *testing.T) {
	good := deployedtest.Variables()
	cfg := functions(t, func(string) (int, any) { return http.StatusOK, variables(good) })
	c, err := deployed.Open(ctx, cfg, deployed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if h := c.Health(); h.Account != deployedtest.Account || len(h.Regions) != 1 || h.Regions[0] != deployedtest.Region {
		t.Errorf("%+v", h)
	}
	tx := catalog.Tx{Puts: []catalog.Put{{Item: catalog.Item{Key: catalog.Key{Part: "tenant#a", Sort: "."}, Body: []byte("{}")}}}}
	if err := c.Plane().Store.Commit(ctx, tx); err == nil || !strings.Contains(err.Error(), "only read") {
		t.Errorf("the plane writes: %v", err)
	}
	if err := c.Ledger().Store.Commit(ctx, tx); err == nil || !strings.Contains(err.Error(), "only read") {
		t.Errorf("the ledger writes: %v", err)
	}
}

func TestOpen_Refuses(t *testing.T) {
	other := deployedtest.Variables()
	delete(other, deployment.EnvTable)
	for name, c := range map[string]struct {
		status     int
		body       any
		code       coded.Code
		want, hint string
	}{
		"no cell":         {404, "ResourceNotFoundException", coded.NotFound, "there is no cell in eu-central-1", "--region"},
		"denied":          {403, "AccessDeniedException", coded.Internal, "looking at the function latchkey-provision", "docs/api.md"},
		"another version": {200, variables(other), coded.Invalid, deployment.EnvTable + ": is not set", "checkout"},
		"no variables":    {200, map[string]any{}, coded.Invalid, "is not set", "checkout"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := functions(t, func(string) (int, any) { return c.status, c.body })
			_, err := deployed.Open(ctx, cfg, deployed.Options{})
			if !coded.Is(err, c.code) || !strings.Contains(err.Error(), c.want) || !strings.Contains(coded.Hint(err), c.hint) {
				t.Errorf("%v (%s)", err, coded.Hint(err))
			}
		})
	}
}
