import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './judge.mjs';

const sdl = `
  interface Node { id: ID! name: String }
  type Place implements Node { id: ID! name: String size: Int! }
  type House implements Node { id: ID! name: String rooms: [[Room!]]! head: Person! owner: Person kind: Kind! }
  type Room { number: Int! door: String }
  type Person { name: String! age: Int house: House! }
  union Found = Place | Person
  enum Kind { OLD NEW }
  type Query { node: Node nodes: [Node!] sure: [Node]! found: [Found!]! house(big: Boolean): House must: House! n: Int }
`;
const accepts = (name, query, answer) => test(name, () => assert.equal(judge({ sdl, query, ...answer }), null));
const refuses = (name, query, answer, why) => test(name, () => assert.match(judge({ sdl, query, ...answer }) ?? '', why));
const error = (...path) => ({ message: 'failed', path });

accepts('a plain answer', '{ n house { id } }', { data: { n: 1, house: { id: 'a' } } });
refuses('keys in another order', '{ n house { name id } }', { data: { n: 1, house: { id: 'a', name: null } } },
  /data\.house has \["id","name"\], should have \["name","id"\]/);
accepts('aliases', '{ b: n a: n }', { data: { b: 1, a: 2 } });
refuses('aliases in another order', '{ b: n a: n }', { data: { a: 2, b: 1 } }, /should have \["b","a"\]/);
refuses('a key that was not asked for', '{ n }', { data: { n: 1, m: 1 } }, /has \["n","m"\]/);
refuses('a missing key', '{ n house { id } }', { data: { n: 1 } }, /should have \["n","house"\]/);
refuses('a number that is no Int', '{ n }', { data: { n: 3000000000 } }, /cannot represent non 32-bit/);
refuses('an unknown enum value', '{ house { kind } }', { data: { house: { kind: 'BLUE' } } }, /cannot represent/);

const fragments = `query ($deep: Boolean!) { nodes { ...named ... on House { owner { ...whole } } id ... on Place { size } } }
  fragment named on Node { name __typename } fragment whole on Person { name age @include(if: $deep) }`;
accepts('fragments and skipped fields', fragments, { variables: { deep: false }, data: { nodes: [
  { name: 'b', __typename: 'Place', id: '1', size: 2 },
  { name: 'h', __typename: 'House', owner: { name: 'w' }, id: '2' }] } });
refuses('a fragment out of order', fragments, { variables: { deep: true }, data: { nodes: [
  { name: 'h', __typename: 'House', owner: { age: 1, name: 'w' }, id: '2' }] } }, /nodes\.0\.owner/);
accepts('types told by fields', '{ found { ... on Place { size } ... on Person { kind: __typename } } }',
  { data: { found: [{ size: 1 }, { kind: 'Person' }] } });

accepts('nested lists', '{ house { rooms { number } } }', { data: { house: { rooms: [[{ number: 1 }], null, []] } } });
accepts('a nested list with a failure', '{ house { rooms { number } } }',
  { data: { house: { rooms: [[{ number: 1 }], null] } }, errors: [error('house', 'rooms', 1, 2, 'number')] });
refuses('a nested list with a hole', '{ house { rooms { number } } }',
  { data: { house: { rooms: [[{ number: 1 }, null]] } }, errors: [error('house', 'rooms', 0, 1, 'number')] },
  /rooms\.0 is .* should be null/);
refuses('an error beyond the list', '{ house { rooms { number } } }',
  { data: { house: { rooms: [] } }, errors: [error('house', 'rooms', 3, 0)] }, /nothing lies/);

accepts('a failing nullable field', '{ house { id name } n }',
  { data: { house: { id: '1', name: null }, n: 1 }, errors: [error('house', 'name')] });
refuses('a failing field left out', '{ house { id name } n }',
  { data: { house: { id: '1' }, n: 1 }, errors: [error('house', 'name')] }, /nothing lies/);
accepts('a failing non-null field', '{ house { id head { name } } n }',
  { data: { house: null, n: 1 }, errors: [error('house', 'head', 'name')] });
refuses('a failing non-null field left null', '{ house { id head { name } } n }',
  { data: { house: { id: '1', head: null }, n: 1 }, errors: [error('house', 'head')] }, /data\.house is .* should be null/);
refuses('a failure that wipes too much', '{ house { id owner { name } } n }',
  { data: { house: null, n: 1 }, errors: [error('house', 'owner', 'name')] }, /data\.house is null/);
refuses('a failure that wipes everything', '{ house { id name } n }',
  { data: null, errors: [error('house', 'name')] }, /data is null/);
accepts('a failure that must wipe everything', '{ must { head { house { owner { name } kind head { name } } } } n }',
  { data: null, errors: [error('must', 'head', 'house', 'head', 'name')] });
accepts('two failures', '{ a: house { head { name } } b: house { owner { age name } } }',
  { data: { a: null, b: { owner: null } }, errors: [error('a', 'head'), error('b', 'owner', 'name')] });
accepts('a failing item of a nullable list', '{ nodes { id ... on House { head { name } } } }',
  { data: { nodes: null }, errors: [error('nodes', 1, 'head', 'name')] });
accepts('a failing nullable item', '{ sure { id } }', { data: { sure: [{ id: '1' }, null] }, errors: [error('sure', 1)] });
refuses('a non-null list left null', '{ sure { id } }', { data: { sure: null }, errors: [error('sure')] }, /data is /);
refuses('a null where none may be', '{ must { id } }', { data: { must: null } }, /Cannot return null/);

accepts('a refusal of what is invalid', '{ nothing }', { errors: [{ message: 'no such field' }] });
refuses('a refusal of what is valid', '{ n }', { errors: [{ message: 'no' }] }, /would have executed/);
refuses('an answer to what is invalid', '{ nothing }', { data: { nothing: 1 } }, /would have refused/);
