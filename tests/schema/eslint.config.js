// What schema.graphql must keep to: the recommended rules of @graphql-eslint and those for Relay, with exceptions.
import { fileURLToPath } from "node:url";
import graphql from "@graphql-eslint/eslint-plugin";

const schema = fileURLToPath(new URL("../../schema.graphql", import.meta.url));

// Values, figures and lines that are read with their parent and asked for by nobody: they have no id of their own.
const withoutId = [
  "AuditAccess", "AuditAct", "AuditReveal", "Behind", "ChecklistCompletion", "ChecklistStanding", "ContactStanding",
  "CopiedEntry", "CopiedReveal", "Designation", "DutyCompliance", "Figure", "Freshness", "Grant", "Income",
  "IndicatorDefinition", "ItemStanding", "LinkStanding", "Measured", "MessageArgument", "PageInfo", "PersonalCopy", "Progress",
  "ProgressGroup", "ProposedGrant", "RateLimit", "Retention", "RetentionRule", "RevealedValue", "RuleCompliance", "Seat", "SignInProvider",
  "StepReached", "Unlinked", "UserError", "Village",
  // Its number is its id.
  "Ledger",
];

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema } } },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,
      "@graphql-eslint/require-description": [
        "error",
        {
          // More than the rule wants by itself: every type, field, argument and value is described.
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          ignoredSelectors: [
            // async-graphql writes these without a description, and lets nobody give them one.
            "[type=ObjectTypeDefinition][name.value=/Connection$/]",
            // Arguments of the directives that GraphQL itself defines.
            "DirectiveDefinition > InputValueDefinition",
          ],
        },
      ],
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          // A row within another, which `node` does not answer, is named by its `key`.
          acceptedIdNames: ["id", "key"],
          acceptedIdTypes: ["ID", "UUID"],
          exceptions: { suffixes: ["Connection", "Edge", "Payload"], types: withoutId },
        },
      ],
      "@graphql-eslint/relay-edge-types": [
        "error",
        {
          withEdgeSuffix: true,
          // Short lists are lists, and connections have `nodes` beside `edges`.
          listTypeCanWrapOnlyEdgeType: false,
          // Groups of figures, lines of the log and who is behind come page by page as well, and have no id.
          shouldImplementNode: false,
        },
      ],
    },
  },
];
