// What a page of a Relay frontend declares: one customer, their sales page by page in both directions.

import { graphql } from 'react-relay';

export const customerSales = graphql`
  fragment customerSales_customer on Customer
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 10 }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  )
  @refetchable(queryName: "customerSalesPageQuery") {
    code
    sales(first: $first, after: $after, last: $last, before: $before, orderBy: [{ soldAt: DESC }])
      @connection(key: "customerSales_sales") {
      edges {
        node {
          soldAt
          amount
          product {
            name
          }
        }
      }
    }
  }
`;

export const customerSalesQuery = graphql`
  query customerSalesQuery($id: ID!) {
    node(id: $id) {
      ...customerSales_customer @alias
    }
  }
`;
