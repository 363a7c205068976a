// The schema that the hand-written peers share: the plain lists that their own guides would have one write.

export const typeDefs = /* GraphQL */ `
  scalar DateTime
  type Query {
    products(first: Int!, from: String!): [Product!]!
    sales(first: Int!, from: DateTime!): [Sale!]!
    customers(first: Int!, from: String!): [Customer!]!
  }
  type Product { code: String! name: String category: String }
  type Customer { code: String! region: String sales(first: Int!): [Sale!]! }
  type Sale {
    invoice: String!
    quantity: Float!
    unitPrice: Float!
    amount: Float!
    soldAt: DateTime!
    product: Product!
    customer: Customer
  }
`;
