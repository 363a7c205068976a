// Where the customers of the simulated shop live, and what people there are called.

export interface Region {
  readonly name: string;
  /** The share of customers who live there. */
  readonly share: number;
  /** Hours that its clocks are ahead of UTC; summer time is left out. */
  readonly utcOffsetHours: number;
  readonly givenNames: readonly string[];
  readonly familyNames: readonly string[];
}

const words = (text: string): readonly string[] => text.split(' ');

const englishGivenNames = words(
  'Amelia Oliver Grace Harry Isla Jack Ruby Thomas Freya Oscar Alice Henry Chloe Leo Daisy Arthur Nora Samuel ' +
    'Hannah Adam Zara Omar Priya Rohan Mei Daniel Aisha Marcus Leah Ethan Violet Noah Ellen Felix Maya Jonah',
);
const englishFamilyNames = words(
  'Smith Jones Taylor Brown Wilson Evans Walker Wright Green Hall Wood Clarke Hughes Edwards Turner Hill Cooper ' +
    'Ward Morris Baker Patel Khan Singh Ahmed Chen Murphy Kelly Campbell Stewart Reid Fraser Barnes Fisher ' +
    'Holmes Palmer Rogers Hunt Mason Dixon Shaw Webb Parry Lowe Marsh',
);

export const regions: readonly Region[] = [
  {
    name: 'United Kingdom',
    share: 0.3,
    utcOffsetHours: 0,
    givenNames: englishGivenNames,
    familyNames: englishFamilyNames,
  },
  {
    name: 'Germany',
    share: 0.16,
    utcOffsetHours: 1,
    givenNames: words(
      'Anna Lukas Lena Jonas Marie Paul Emma Finn Clara Max Greta Elias Frieda Moritz Ida Anton Jana Emre',
    ),
    familyNames: words(
      'Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Richter Klein Wolf Schröder ' +
        'Neumann Braun Zimmermann Krüger Hartmann Lange Yılmaz',
    ),
  },
  {
    name: 'France',
    share: 0.12,
    utcOffsetHours: 1,
    givenNames: words(
      'Camille Louis Chloé Hugo Manon Jules Inès Gabriel Léa Arthur Jade Raphaël Zoé Nathan Louise Karim',
    ),
    familyNames: words(
      'Martin Bernard Dubois Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia Roux Fournier ' +
        'Girard Bonnet Dupont Lambert',
    ),
  },
  {
    name: 'United States',
    share: 0.11,
    utcOffsetHours: -6,
    givenNames: englishGivenNames,
    familyNames: words(
      'Johnson Williams Davis Miller Garcia Rodriguez Martinez Anderson Jackson Thompson White Lopez Lee Harris Clark ' +
        'Lewis Robinson Young Allen King Nguyen Scott Torres Flores Adams Nelson',
    ),
  },
  {
    name: 'Netherlands',
    share: 0.08,
    utcOffsetHours: 1,
    givenNames: words(
      'Sanne Daan Fleur Sem Lotte Bram Julia Lars Eva Thijs Noor Ruben Anouk Jesse Femke Koen',
    ),
    familyNames: words(
      'Jansen Visser Bakker Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Kok Vermeer Prins Huisman',
    ),
  },
  {
    name: 'Spain',
    share: 0.07,
    utcOffsetHours: 1,
    givenNames: words(
      'Lucía Hugo Sofía Mateo Martina Leo Paula Daniel Carmen Pablo Elena Álvaro Alba Diego Irene Javier',
    ),
    familyNames: words(
      'García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Ruiz Díaz Moreno Álvarez Romero Navarro Torres',
    ),
  },
  {
    name: 'Sweden',
    share: 0.06,
    utcOffsetHours: 1,
    givenNames: words(
      'Astrid Erik Elsa Nils Maja Oskar Saga Axel Linnea Gustav Ebba Viktor Signe Emil Tuva Anders',
    ),
    familyNames: words(
      'Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Lindberg Berg Lundqvist Holm Sandberg Ekström',
    ),
  },
  {
    name: 'Poland',
    share: 0.05,
    utcOffsetHours: 1,
    givenNames: words(
      'Zofia Jan Hanna Jakub Maja Antoni Oliwia Filip Alicja Szymon Julia Piotr Ewa Tomasz Magda Kacper',
    ),
    familyNames: words(
      'Nowak Wójcik Kowalczyk Mazur Krawczyk Zając Wróbel Dudek Wieczorek Pawlak Walczak Sikora Baran Szewczyk',
    ),
  },
  {
    name: 'Ireland',
    share: 0.03,
    utcOffsetHours: 0,
    givenNames: words('Aoife Conor Saoirse Cian Niamh Seán Ciara Oisín Róisín Liam Maeve Darragh Orla Fionn'),
    familyNames: words(
      'Murphy Byrne Ryan Doyle Walsh Nolan Brennan Burke Quinn Daly Kavanagh Keane Foley Healy',
    ),
  },
  {
    name: 'Canada',
    share: 0.02,
    utcOffsetHours: -5,
    givenNames: englishGivenNames,
    familyNames: words(
      'Tremblay Gagnon Roy Martin Campbell Wilson Wong Singh MacDonald Bouchard Ross Fortin Grant Fraser',
    ),
  },
];
