package postgrestest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// superuser is the server's, as rdsadmin is in RDS: no test logs in as it but
// through Admin.
const superuser = "rdsadmin"

// settings make the server fast and its data worthless.
const settings = `
listen_addresses = 'localhost'
port = %s
unix_socket_directories = ''
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
password_encryption = 'scram-sha-256'
max_connections = %d
shared_buffers = '16MB'
fsync = off
synchronous_commit = off
full_page_writes = off
log_min_messages = warning
`

// rules let in whoever comes over TLS with a password, as rds.force_ssl does.
const rules = "hostssl all all all scram-sha-256\n"

// cluster is a folder of data.
type cluster struct {
	dir string // holds data/
	as  *syscall.Credential
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// account returns who to run PostgreSQL as: it refuses to run as root.
func account() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
	}
	return nil, fmt.Errorf("root may not run PostgreSQL, and there is no user postgres or nobody")
}

// newCluster makes an empty cluster whose superuser has the password.
func newCluster(password string) (*cluster, error) {
	as, err := account()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "postgrestest")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, as: as}
	if err := c.init(password); err != nil {
		_ = os.RemoveAll(dir) // err says more
		return nil, err
	}
	return c, nil
}

func (c *cluster) init(password string) error {
	if c.as != nil {
		if err := os.Chown(c.dir, int(c.as.Uid), int(c.as.Gid)); err != nil {
			return err
		}
	}
	file := filepath.Join(c.dir, "password")
	if err := c.write(file, []byte(password)); err != nil {
		return err
	}
	return c.run(filepath.Join(bin(), "initdb"), "-D", c.data(), "-U", superuser, "--pwfile", file,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync")
}

// moved ends the server with halt, moves the data to a new cluster, as a
// restored volume appears under a new instance, and returns that.
func (c *cluster) moved(halt func()) (*cluster, error) {
	dir, err := os.MkdirTemp("", "postgrestest")
	if err != nil {
		return nil, err
	}
	out := &cluster{dir: dir, as: c.as}
	halt()
	if err := os.Rename(c.data(), out.data()); err != nil {
		return nil, err
	}
	if c.as != nil {
		err = os.Chown(dir, int(c.as.Uid), int(c.as.Gid))
	}
	return out, errors.Join(err, os.RemoveAll(c.dir))
}

// configure writes what the server reads.
func (c *cluster) configure(port string, connections int, cert, key []byte) error {
	for name, content := range map[string][]byte{
		"postgresql.conf": fmt.Appendf(nil, settings, port, connections),
		"pg_hba.conf":     []byte(rules), "server.crt": cert, "server.key": key,
	} {
		if err := c.write(filepath.Join(c.data(), name), content); err != nil {
			return err
		}
	}
	return nil
}

// write writes a file that only the server's account may read.
func (c *cluster) write(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil || c.as == nil {
		return err
	}
	return os.Chown(path, int(c.as.Uid), int(c.as.Gid))
}

// run runs a program as the server's account.
func (c *cluster) run(program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Dir = c.dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if c.as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), err, out.String())
	}
	return nil
}
