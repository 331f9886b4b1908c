// Runs saved queries on Parquet files: node queries.js FOLDER < [{"sql": …, "values": […]}]
const { DuckDBInstance } = require('@duckdb/node-api')

async function main() {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  // What Athena reads as 16 bytes DuckDB reads as a UUID; its timestamps there have no zone.
  const bytes = (column) => `unhex(replace(${column}::VARCHAR, '-', '')) AS ${column}`
  await connection.run(`SET TimeZone = 'UTC'`)
  await connection.run(`CREATE VIEW key_usage AS SELECT * REPLACE (${bytes('event_id')}, ${bytes('shared_event_id')}, "time"::TIMESTAMP AS "time", "date"::VARCHAR AS "date")
    FROM read_parquet('${process.argv[2]}/**/*.parquet', hive_partitioning = true)`)
  const answers = []
  for (const { sql, values } of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
    const n = { count: 0 }
    const numbered = sql.replace(/\?/g, () => `$${++n.count}`)
    const read = await connection.runAndReadAll(numbered, values)
    answers.push({ columns: read.columnNames(), rows: read.getRowsJson() })
  }
  console.log(JSON.stringify(answers))
}

main().catch((error) => { console.error(error); process.exit(1) })
