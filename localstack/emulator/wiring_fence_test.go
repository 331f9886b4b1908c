package emulator_test

import (
	"encoding/json"
	"maps"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/localstack/emulator/runtime"
	"latchkey/localstack/emulator/template"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/inside"
	"latchkey/shared/inside/postgrestest"
)

// function is a function as it is deployed.
func (w *world) function(name string) runtime.Function {
	w.Helper()
	for _, s := range w.region.Host.Functions() {
		if s.Function.Name == name {
			s.Function.Env = maps.Clone(s.Function.Env)
			return s.Function
		}
	}
	w.Fatalf("no function %s", name)
	return runtime.Function{}
}

// newInstance makes an instance as RDS does.
func (w *world) newInstance(id string) *types.DBInstance {
	w.Helper()
	client := rds.NewFromConfig(template.Config(w.ProxyURL, home, "somebody"))
	out, err := client.CreateDBInstance(w.ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: &id, DBInstanceClass: aws.String("db.m7g.large"), Engine: aws.String("postgres"), AllocatedStorage: aws.Int32(20),
		MasterUsername: aws.String("latchkey"), ManageMasterUserPassword: aws.Bool(true), MasterUserSecretKmsKeyId: aws.String(w.variables("latchkey-advance")[deployment.EnvPlatformKey]),
	})
	w.must(err)
	return out.DBInstance
}

// preparation is what asks fence to make a tenant's database in a new instance.
func (w *world) preparation(id, tenant string) []byte {
	w.Helper()
	in := w.newInstance(id)
	payload, err := json.Marshal(inside.Request{Op: inside.OpPrepare, MasterSecretARN: *in.MasterUserSecret.SecretArn, Login: inside.Login{
		InstanceID: id, Endpoint: net.JoinHostPort(*in.Endpoint.Address, strconv.Itoa(int(*in.Endpoint.Port))), Database: tenant, Role: tenant,
	}})
	w.must(err)
	return payload
}

// TestWiring_Answers holds that the emulator's answers still need what the proxy
// does to them.
func TestWiring_Answers(t *testing.T) {
	w := up(t)
	postgrestest.Require(t)
	in := w.newInstance("lk-wiring-answers")
	secret := func(endpoint string) (user, password string) {
		client := secretsmanager.NewFromConfig(template.Config(endpoint, home, "somebody"))
		out, err := client.GetSecretValue(w.ctx, &secretsmanager.GetSecretValueInput{SecretId: in.MasterUserSecret.SecretArn})
		w.must(err)
		var login struct{ Username, Password string }
		w.must(json.Unmarshal([]byte(*out.SecretString), &login))
		return login.Username, login.Password
	}
	out, err := w.region.Clients.RDS.DescribeDBInstances(w.ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: in.DBInstanceIdentifier})
	w.must(err)
	if port := *out.DBInstances[0].Endpoint.Port; port != 5432 || int(*in.Endpoint.Port) != w.Instances.Port() {
		t.Errorf("port-of-instances: %d becomes %d", port, *in.Endpoint.Port)
	}
	user, password := secret(w.Emulator.URL)
	if u, p := secret(w.ProxyURL); user == *in.MasterUsername || u != *in.MasterUsername || p == password {
		t.Errorf("managed-secret: that of %s becomes that of %s", user, u)
	}
}

// TestWiring_Fence runs the binary of fence with one thing in its wiring wrong.
func TestWiring_Fence(t *testing.T) {
	w := up(t)
	postgrestest.Require(t)
	name := deployment.Name(deployment.FunctionFence)
	for _, c := range []struct {
		name   string
		change func(*runtime.Function)
		starts bool
		code   coded.Code // of the answer; empty: done
		says   string     // in the answer or in the log
	}{
		{"nothing", func(*runtime.Function) {}, true, "", ""},
		{"no log level", func(f *runtime.Function) { delete(f.Env, deployment.EnvLogLevel) }, false, "", deployment.EnvLogLevel},
		{"another function's role", func(f *runtime.Function) { f.Role = w.role("latchkey-advance") }, true, coded.Internal, "must allow rds-db:connect"},
		{"another Region", func(f *runtime.Function) { f.Region = "us-east-1" }, false, "", "no certificate of RDS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := runtime.New(runtime.Options{Endpoint: w.ProxyURL})
			defer host.Close()
			f := w.function(name)
			c.change(&f)
			w.must(host.Add(f))
			id := "lk-wiring-" + strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(c.name, "'", "")), " ", "-")
			payload, failed := w.fence(host, w.preparation(id, "t_wiring"))
			if (failed == "") != c.starts {
				t.Fatalf("%q %s", failed, payload)
			}
			said := string(payload)
			for _, l := range host.Logs(name) {
				said += "\n" + l.Text
			}
			if !strings.Contains(said, c.says) {
				t.Errorf("it does not say %q: %s", c.says, said)
			}
			if !c.starts {
				return
			}
			var answer inside.Answer
			w.must(json.Unmarshal(payload, &answer))
			if got := answer.Err(); (got == nil) != (c.code == "") || got != nil && coded.Of(got) != c.code {
				t.Errorf("answered %v", got)
			}
		})
	}
}

// fence asks the function, again while it says that this may help: on a busy
// machine an instance may start more slowly than fence waits.
func (w *world) fence(host *runtime.Host, request []byte) (payload []byte, failed string) {
	w.Helper()
	for range 10 {
		var err error
		payload, failed, err = host.Invoke(w.ctx, deployment.Name(deployment.FunctionFence), request)
		w.must(err)
		var answer inside.Answer
		if failed != "" || json.Unmarshal(payload, &answer) != nil || !coded.Is(answer.Err(), coded.Retryable) {
			break
		}
	}
	return payload, failed
}
