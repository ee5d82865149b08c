// Audits the server at an address by all that graphql-http knows of GraphQL over HTTP; writes what it finds, a line each.
import { auditServer } from 'graphql-http';

const found = await auditServer({ url: process.argv[2] });
for (const { id, name, status, reason } of found) console.log(JSON.stringify({ id, name, status, reason }));
