package mototest_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"latchkey/shared/aws/mototest"
)

// TestRequire_Missing runs this binary again without a PATH.
func TestRequire_Missing(t *testing.T) {
	if os.Getenv("MOTOTEST_INNER") != "" {
		mototest.Require(t, mototest.Tool)
		return
	}
	for _, c := range []struct {
		name, require, says string
		fails               bool
	}{
		{"skips", "", "SKIP", false},
		{"skips when others are required", "node,motor", "SKIP", false},
		{"fails when required", "node,moto", "FAIL", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestRequire_Missing$", "-test.v")
			cmd.Env = []string{"MOTOTEST_INNER=1", "PATH=", "LATCHKEY_REQUIRE=" + c.require}
			out, err := cmd.CombinedOutput()
			if (err != nil) != c.fails || !strings.Contains(string(out), c.says) || !strings.Contains(string(out), "pip install 'moto[server]==5.2.1'") {
				t.Errorf("%v:\n%s", err, out)
			}
		})
	}
}

func TestEndpoint_Shared(t *testing.T) {
	url := mototest.Endpoint(t)
	if again := mototest.Endpoint(t); again != url {
		t.Errorf("a second server at %s beside %s", again, url)
	}
	res, err := http.Get(url + "/moto-api/data.json")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("status %s", res.Status)
	}
}
