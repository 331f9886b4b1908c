// Asks DuckDB about the Parquet files of a table: node query.js FOLDER DAY
const { DuckDBInstance } = require('@duckdb/node-api')

async function main() {
  const [folder, day] = process.argv.slice(2)
  const table = `read_parquet('${folder}/**/*.parquet', hive_partitioning = true)`
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson()
  const answer = {
    rows: await rows(`SELECT count(*), count(DISTINCT event_id), count(shared_event_id) FROM ${table}`),
    operations: await rows(`SELECT operation, count(*) FROM ${table} GROUP BY 1 ORDER BY 1`),
    tenants: await rows(`SELECT tenant::VARCHAR, count(*) FROM ${table} GROUP BY 1 ORDER BY 1`),
    day: await rows(`SELECT count(*) FROM ${table} WHERE date = '${day}'`),
    hour: await rows(`SELECT count(*) FROM ${table} WHERE time >= TIMESTAMPTZ '${day} 01:00:00Z' AND time < TIMESTAMPTZ '${day} 02:00:00Z'`),
    events: await rows(`SELECT event_id::VARCHAR, shared_event_id::VARCHAR, epoch_ms(time)::VARCHAR, key_arn, principal, error_code, key_known, context_names
      FROM ${table} ORDER BY event_id, operation LIMIT 50`),
    types: await rows(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${table})`),
  }
  console.log(JSON.stringify(answer))
}

main().catch((error) => { console.error(error); process.exit(1) })
