// Would graphql-js have given this answer? It executes the query over the answer's own values, with an error thrown
// at every path where the answer reports one. Then keys in another order, a null that is not where the error belongs
// and a value that its type cannot hold all make a difference.
import { buildSchema, execute, isEnumType, isLeafType, isListType, isNonNullType, parse, responsePathAsArray,
  validate } from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';

/** What graphql-js has against the answer to a query, or null. */
export function judge({ sdl, query, variables, operationName, data, errors = [] }) {
  const schema = schemaOf(sdl);
  const [document, invalid] = check(schema, query);
  if (data === undefined) return invalid ? null : 'graphql-js would have executed the query, the answer refuses it';
  if (invalid) return `graphql-js would have refused the query: ${invalid}`;

  const failures = new Failures(errors);
  const expected = execute({
    schema,
    document,
    operationName,
    variableValues: variables ?? {},
    rootValue: data ?? { [PATH]: [] },
    fieldResolver: (source, _args, _context, info) => resolve(failures, source, info),
    typeResolver: (source, _context, info, type) => typeOf(failures, source, info, type)?.name,
  });
  const nowhere = failures.paths.find((path) => !leadsSomewhere(path, data));
  if (nowhere) return `nothing lies where an error is reported: ${nowhere.join('.')}`;
  const where = difference(data, expected.data, 'data');
  if (where === null) return null;
  const unforeseen = (expected.errors ?? []).filter((error) => !failures.at(error.path ?? []));
  return [where, ...unforeseen.map((error) => error.message)].join('; ');
}

let last = {};
function schemaOf(sdl) {
  if (last.sdl !== sdl) last = { sdl, schema: buildSchema(sdl) };
  return last.schema;
}

function check(schema, query) {
  try {
    const document = parse(query);
    return [document, validate(schema, document)[0]?.message];
  } catch (error) {
    return [null, error.message];
  }
}

/** The paths at which the answer reports an error. */
class Failures {
  constructor(errors) {
    this.paths = errors.map((error) => error.path).filter(Array.isArray);
  }

  at(path) {
    return this.paths.some((failed) => failed.length === path.length && startsWith(failed, path));
  }

  /** The next step of every path that leads on from here. */
  below(path) {
    return this.paths.filter((failed) => failed.length > path.length && startsWith(failed, path))
      .map((failed) => failed[path.length]);
  }
}

const startsWith = (path, start) => start.every((step, at) => path[at] === step);

/** Whether a path ends at a value, or at a null that stands for it. */
function leadsSomewhere(path, data) {
  const [step, ...rest] = path;
  return data === null || (data !== undefined && (path.length === 0 || leadsSomewhere(rest, data[step])));
}

/** Where the answer is null because of a failure further down, something has to stand for what failed. */
const ABSENT = Symbol('absent');
const PATH = Symbol('path of a stand-in');

function resolve(failures, source, info) {
  const value = source[PATH] ? ABSENT : source[info.path.key];
  return complete(failures, value, responsePathAsArray(info.path), info.returnType);
}

function complete(failures, value, path, type) {
  if (failures.at(path)) return new Error('reported by the answer');
  const within = isNonNullType(type) ? type.ofType : type;
  const items = (list) => list.map((item, at) => complete(failures, item, [...path, at], within.ofType));
  const below = failures.below(path);
  if (value === ABSENT || (value === null && below.length > 0)) {
    if (within === type && below.length === 0) return null;
    if (isListType(within)) return items(Array(1 + Math.max(-1, ...below)).fill(ABSENT));
    return isLeafType(within) ? someLeaf(within) : { [PATH]: path };
  }
  return isListType(within) && Array.isArray(value) ? items(value) : value;
}

/** It is gone from the data when the failure has been propagated. */
function someLeaf(type) {
  if (isEnumType(type)) return type.getValues()[0].value;
  return { Int: 0, Float: 0, Boolean: false }[type.name] ?? '';
}

/** The object type of a value: the one that has just the fields of the answer, or those that lead to the failures. */
function typeOf(failures, source, info, type) {
  const candidates = info.schema.getPossibleTypes(type);
  const wanted = source[PATH] ? failures.below(source[PATH]) : Object.keys(source);
  return candidates.find((candidate) => {
    const fields = collectSubfields(info.schema, info.fragments, info.variableValues, candidate, info.fieldNodes);
    if (!wanted.every((key) => fields.has(key))) return false;
    if (source[PATH]) return true;
    const names = [...fields].filter(([, [field]]) => field.name.value === '__typename');
    return fields.size === wanted.length && names.every(([key]) => source[key] === candidate.name);
  }) ?? candidates.find((candidate) => candidate.name === source.__typename) ?? candidates[0];
}

/** The first place where two values differ, order of keys included, or null. */
function difference(given, expected, path) {
  if (JSON.stringify(given) === JSON.stringify(expected)) return null;
  const objects = [given, expected].every((value) => value !== null && typeof value === 'object');
  if (!objects) return `${path} is ${brief(given)}, should be ${brief(expected)}`;
  const [keys, wanted] = [Object.keys(given), Object.keys(expected)];
  if (keys.join() !== wanted.join()) return `${path} has ${brief(keys)}, should have ${brief(wanted)}`;
  return keys.map((key) => difference(given[key], expected[key], `${path}.${key}`)).find((found) => found !== null);
}

function brief(value) {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
